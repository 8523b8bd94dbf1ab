import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeCluster } from "../../src/decode/cluster.ts";
import { decodeEndpointSlice } from "../../src/decode/endpoint-slice.ts";
import { decodeEndpoints } from "../../src/decode/endpoints.ts";
import { decodeNode } from "../../src/decode/node.ts";
import { decodeService } from "../../src/decode/service.ts";
import { decodeServiceCIDR } from "../../src/decode/service-cidr.ts";

const metadata = {
  namespace: "a",
  name: "a",
  generation: 1,
  creationTimestamp: "2026-01-01T00:00:00Z",
  labels: { "kubernetes.io/service-name": "a", "topology.kubernetes.io/zone": "a" },
};

/** One valid object of each kind, with every field that is read. */
const kinds = [
  {
    decode: decodeService,
    valid: {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        type: "LoadBalancer",
        clusterIP: "10.96.0.1",
        clusterIPs: ["10.96.0.1", "fd00::1"],
        ipFamilies: ["IPv4", "IPv6"],
        ports: [{ name: "a", protocol: "TCP", port: 80, nodePort: 30080 }],
        externalIPs: ["192.0.2.1"],
        loadBalancerSourceRanges: ["10.0.0.0/8"],
        externalTrafficPolicy: "Local",
        internalTrafficPolicy: "Local",
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
        healthCheckNodePort: 31000,
      },
      status: { loadBalancer: { ingress: [{ ip: "203.0.113.1", ipMode: "VIP" }] } },
    },
  },
  {
    decode: decodeEndpointSlice,
    valid: {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata,
      addressType: "IPv4",
      ports: [{ name: "a", protocol: "TCP", port: 8080 }],
      endpoints: [
        {
          addresses: ["10.244.0.1"],
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: "a",
          hints: { forZones: [{ name: "a" }], forNodes: [{ name: "a" }] },
        },
      ],
    },
  },
  {
    decode: decodeEndpoints,
    valid: {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata,
      subsets: [
        {
          addresses: [{ ip: "10.244.0.1", nodeName: "a" }],
          notReadyAddresses: [{ ip: "fd00::1" }],
          ports: [{ port: 1 }],
        },
      ],
    },
  },
  {
    decode: decodeNode,
    valid: {
      apiVersion: "v1",
      kind: "Node",
      metadata,
      spec: { podCIDR: "10.244.0.0/24", podCIDRs: ["10.244.0.0/24"] },
      status: { addresses: [{ type: "InternalIP", address: "192.0.2.1" }] },
    },
  },
  {
    decode: decodeServiceCIDR,
    valid: { apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", metadata, spec: { cidrs: ["10.96.0.0/16"] } },
  },
];

const anything = fc.oneof(
  fc.jsonValue(),
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true }),
  fc.string({ unit: "binary" }),
  fc.constantFrom(undefined, null, "", 0, -1, 1.5, Number.NaN, Symbol("a"), () => 1, "__proto__", "constructor"),
);

/** All places in a value, as paths of keys. */
function places(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([key, part]) => places(part).map((path) => [key, ...path]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((part, index) => (String(index) === key ? replaced(part, rest, by) : part));
  const fields: Readonly<Record<string, unknown>> = { ...Object(value) };
  return { ...fields, [key]: replaced(fields[key], rest, by) };
}

const safeText = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;

function expectSafe({
  problems,
}: {
  readonly problems: readonly { object: string; field: string; message: string }[];
}) {
  for (const { object, field, message } of problems) {
    for (const text of [object, field, message]) {
      expect(text).toMatch(safeText);
      expect(text.length).toBeLessThan(1200);
    }
  }
}

test.each(kinds)("whatever stands in a field of a $valid.kind, decoding it does not throw", ({ valid, decode }) => {
  expect(decode(valid)).toMatchObject({ value: expect.anything(), problems: [] });
  const mutated = fc
    .array(fc.tuple(fc.constantFrom(...places(valid)), anything), { minLength: 1, maxLength: 3 })
    .map((changes) => changes.reduce<unknown>((object, [path, by]) => replaced(object, path, by), valid));
  fc.assert(
    fc.property(mutated, (object) => expectSafe(decode(object))),
    { numRuns: 500 },
  );
});

test("decoding never throws, whatever the input", () => {
  const objects = fc.array(
    fc.oneof(
      anything,
      fc.record({
        apiVersion: anything,
        kind: fc.oneof(anything, fc.constantFrom("List", "ServiceList", "Service")),
        items: anything,
        metadata: anything,
      }),
    ),
  );
  fc.assert(
    fc.property(objects, (all) => expectSafe(decodeCluster(all.map((object) => ({ object }))))),
    { numRuns: 300 },
  );
});

test("objects that contain themselves do not hang", () => {
  for (const { valid, decode } of kinds) {
    const object: Record<string, unknown> = { ...valid };
    for (const key of Object.keys(object)) object[key] = object;
    expectSafe(decode(object));
  }
});

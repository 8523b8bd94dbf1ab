import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeEndpointSlice } from "../../../../src/decode/endpoint-slice.ts";
import { decodeNode } from "../../../../src/decode/node.ts";
import { decodeService } from "../../../../src/decode/service.ts";
import { decodeServiceCIDR } from "../../../../src/decode/service-cidr.ts";
import { readObject } from "../../../../src/io/kube/protobuf/envelope.ts";
import { encode, envelope } from "../../../api-server/protobuf.ts";

/** Objects as an API server may hold them: no field that is left out holds zero, as Go would not write it in JSON. */
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
const texts = fc.array(text, { minLength: 1, maxLength: 3 });
const flag = fc.boolean();
const number = fc.integer({ min: 1, max: 65_535 });
const time = fc
  .date({ min: new Date("1971-01-01"), max: new Date("2200-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString().replace(/\.\d+/, ""));
const name = fc.constantFrom("web", "db", "a-b");
const address = fc.constantFrom("10.0.0.1", "10.0.0.2", "fd00::1", "127.0.0.1", "nonsense");
const protocol = fc.constantFrom("TCP", "UDP", "SCTP", "ICMP");
const some = <T>(fields: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record<T>(fields, { requiredKeys: [] });

const labels = fc.dictionary(
  fc.constantFrom("app", "kubernetes.io/service-name", "service.kubernetes.io/headless", "__proto__", "constructor"),
  fc.constantFrom("web", "db", "x"),
  { minKeys: 1 },
);
const metadata = fc.record(
  {
    name,
    namespace: name,
    uid: text,
    resourceVersion: text,
    generation: fc.integer({ min: 1, max: 2 ** 40 }),
    creationTimestamp: time,
    deletionTimestamp: time,
    labels,
    annotations: fc.dictionary(fc.constantFrom("endpoints.kubernetes.io/last-change-trigger-time", "other"), time, {
      minKeys: 1,
    }),
    finalizers: texts,
    ownerReferences: fc.array(some({ kind: name, name, uid: text, apiVersion: text, controller: flag }), {
      minLength: 1,
    }),
    managedFields: fc.array(some({ manager: text, time, fieldsV1: fc.dictionary(text, fc.constant({})) }), {
      minLength: 1,
    }),
  },
  { requiredKeys: ["name", "namespace"] },
);

const service = fc.record({
  metadata,
  spec: some({
    type: fc.constantFrom("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
    clusterIP: address,
    clusterIPs: fc.array(address, { minLength: 1, maxLength: 2 }),
    ipFamilies: fc.array(fc.constantFrom("IPv4", "IPv6"), { minLength: 1, maxLength: 2 }),
    selector: labels,
    ports: fc.array(
      some({ name, protocol, port: number, nodePort: number, targetPort: fc.oneof(number, name), appProtocol: text }),
      { minLength: 1, maxLength: 3 },
    ),
    externalIPs: fc.array(address, { minLength: 1 }),
    loadBalancerSourceRanges: fc.array(fc.constantFrom("10.0.0.0/8", "fd00::/64", "x"), { minLength: 1 }),
    externalTrafficPolicy: fc.constantFrom("Cluster", "Local", "Odd"),
    internalTrafficPolicy: fc.constantFrom("Cluster", "Local", ""),
    sessionAffinity: fc.constantFrom("ClientIP", "None"),
    sessionAffinityConfig: some({ clientIP: some({ timeoutSeconds: fc.integer({ min: 0, max: 86_400 }) }) }),
    healthCheckNodePort: number,
    publishNotReadyAddresses: fc.constant(true),
    trafficDistribution: text,
  }),
  status: some({
    loadBalancer: some({
      ingress: fc.array(some({ ip: address, hostname: text, ipMode: fc.constantFrom("VIP", "Proxy", "") }), {
        minLength: 1,
      }),
    }),
  }),
});

const named = fc.array(fc.record({ name }), { minLength: 1 });
const endpointSlice = fc.record({
  metadata,
  addressType: fc.constantFrom("IPv4", "IPv6", "FQDN"),
  ports: fc.array(some({ name: fc.oneof(name, fc.constant("")), protocol, port: fc.oneof(number, fc.constant(0)) }), {
    minLength: 1,
  }),
  endpoints: fc.array(
    some({
      addresses: fc.array(address, { minLength: 1 }),
      conditions: some({ ready: flag, serving: flag, terminating: flag }),
      nodeName: name,
      zone: text,
      hostname: text,
      targetRef: some({ kind: text, name, namespace: name, uid: text }),
      hints: some({ forZones: named, forNodes: named }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

const node = fc.record({
  metadata,
  spec: some({
    podCIDR: fc.constantFrom("10.244.0.0/24", "x"),
    podCIDRs: fc.array(fc.constantFrom("10.244.0.0/24", "fd00::/64"), { minLength: 1 }),
    providerID: text,
    taints: fc.array(some({ key: name, value: text, effect: text }), { minLength: 1 }),
  }),
  status: some({
    addresses: fc.array(some({ type: fc.constantFrom("InternalIP", "ExternalIP", "Hostname"), address }), {
      minLength: 1,
    }),
  }),
});

const serviceCIDR = fc.record({
  metadata,
  spec: some({ cidrs: fc.array(fc.constantFrom("10.96.0.0/16", "x"), { minLength: 1 }) }),
});

describe.each([
  { kind: "Service", apiVersion: "v1", arbitrary: service, decode: decodeService },
  { kind: "EndpointSlice", apiVersion: "discovery.k8s.io/v1", arbitrary: endpointSlice, decode: decodeEndpointSlice },
  { kind: "Node", apiVersion: "v1", arbitrary: node, decode: decodeNode },
  { kind: "ServiceCIDR", apiVersion: "networking.k8s.io/v1", arbitrary: serviceCIDR, decode: decodeServiceCIDR },
] as const)("a $kind", ({ kind, apiVersion, arbitrary, decode }) => {
  test("has the same model and problems in both encodings", () => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<object>, (object) => {
        const json: unknown = JSON.parse(JSON.stringify({ apiVersion, kind, ...object }));
        const read = readObject(envelope(apiVersion, kind, encode(kind, json)));
        expect(decode(read)).toEqual(decode(json));
      }),
      { numRuns: 150 },
    );
  });
});

test("an endpoint that is reported as not ready is not, and one without conditions is", () => {
  const metadata = { name: "web-1", namespace: "default", labels: { "kubernetes.io/service-name": "web" } };
  const endpoints = [
    { addresses: ["10.0.0.1"], conditions: { ready: false, serving: false, terminating: true } },
    { addresses: ["10.0.0.2"], conditions: {} },
    { addresses: ["10.0.0.3"] },
  ];
  const object = { metadata, addressType: "IPv4", ports: [{ name: "", port: 80, protocol: "TCP" }], endpoints };
  const { value } = decodeEndpointSlice(
    readObject(envelope("discovery.k8s.io/v1", "EndpointSlice", encode("EndpointSlice", object))),
  );
  expect(value?.endpoints.states.map(({ ready, serving, terminating }) => [ready, serving, terminating])).toEqual([
    [false, false, true],
    [true, true, false],
    [true, true, false],
  ]);
});

test.each([
  { what: "nothing", bytes: Buffer.alloc(0), words: "does not begin as an object" },
  { what: "JSON", bytes: Buffer.from("{}"), words: "does not begin as an object" },
  { what: "another kind", bytes: envelope("v1", "Pod", new Uint8Array()), words: '"Pod" is not read' },
  {
    what: "a name that is no text",
    bytes: envelope("v1", "Service", Buffer.from("0a020801", "hex")),
    words: "wire type 0",
  },
  {
    what: "metadata that is longer",
    bytes: envelope("v1", "Service", Buffer.from("0a7f0a01", "hex")),
    words: "longer than",
  },
  { what: "a text that is longer", bytes: envelope("v1", "Service", Buffer.from("0a020a7f", "hex")), words: "EOF" },
  { what: "a cut number", bytes: envelope("v1", "Service", Buffer.from("0a8080", "hex")), words: "" },
])("bytes with $what are not an object", ({ bytes, words }) => {
  expect(() => readObject(bytes)).toThrow(words);
});

test("a text of 10 MB is read", () => {
  const name = "x".repeat(10 << 20);
  expect(readObject(envelope("v1", "Service", encode("Service", { metadata: { name } })))).toMatchObject({
    metadata: { name },
  });
});

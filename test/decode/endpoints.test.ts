import { expect, test } from "@jest/globals";
import { decodeEndpoints } from "../../src/decode/endpoints.ts";
import { type Endpoint, orderedEndpoints } from "../../src/model/endpoints.ts";
import { ip } from "../compile/values.ts";

const metadata = { name: "web", namespace: "shop" };
const ports = [{ name: "http", port: 8080 }];

function endpoint(address: string, ready: boolean, nodeName?: string): Endpoint {
  return { address: ip(address), ready, serving: ready, terminating: false, nodeName, zoneHints: [], nodeHints: [] };
}

test("each subset makes a slice of each family", () => {
  const object = {
    metadata,
    subsets: [
      {
        addresses: [{ ip: "10.244.0.1", nodeName: "worker-1" }, { ip: "fd00::1" }],
        notReadyAddresses: [{ ip: "10.244.0.2" }],
        ports,
      },
      { notReadyAddresses: [{ ip: "10.244.0.3" }], ports: [{ port: 53, protocol: "UDP" }] },
    ],
  };
  const slice = { namespace: "shop", name: "web", serviceName: "web", generation: 0 };
  const http = [{ name: "http", protocol: "tcp", port: 8080 }];
  expect(decodeEndpoints(object)).toEqual({
    value: [
      {
        ...slice,
        family: "ip",
        ports: http,
        endpoints: orderedEndpoints([endpoint("10.244.0.1", true, "worker-1"), endpoint("10.244.0.2", false)]),
      },
      { ...slice, family: "ip6", ports: http, endpoints: orderedEndpoints([endpoint("fd00::1", true)]) },
      {
        ...slice,
        family: "ip",
        ports: [{ name: "", protocol: "udp", port: 53 }],
        endpoints: orderedEndpoints([endpoint("10.244.0.3", false)]),
      },
    ],
    problems: [],
  });
});

test.each([
  ["nothing", {}],
  ["null", { subsets: null }],
  ["a subset without addresses", { subsets: [{ ports }] }],
])("%s makes no slice", (_, fields) => {
  expect(decodeEndpoints({ metadata, ...fields })).toEqual({ value: [], problems: [] });
});

test("Endpoints of a headless Service have no value", () => {
  const labels = { "service.kubernetes.io/headless": "" };
  expect(decodeEndpoints({ metadata: { ...metadata, labels } })).toEqual({ value: undefined, problems: [] });
});

test("a bad part does not affect others", () => {
  const object = {
    metadata,
    subsets: [
      7,
      { addresses: [{ ip: "10.244.0.1" }, { ip: "127.0.0.1" }, { ip: "x" }], ports: [...ports, { port: 0 }] },
    ],
  };
  const { value, problems } = decodeEndpoints(object);
  expect(value).toEqual([expect.objectContaining({ endpoints: orderedEndpoints([endpoint("10.244.0.1", true)]) })]);
  expect(problems.map(({ field, message }) => `${field}: ${message}`)).toEqual([
    "subsets[0]: 7 is not an object; this subset is ignored",
    "subsets[1].ports[1].port: 0 is not a port number (1 to 65535); this port has no endpoints",
    'subsets[1].addresses[1].ip: "127.0.0.1" is a loopback address; this endpoint is not used',
    'subsets[1].addresses[2].ip: "x" is not an IP address; this endpoint is not used',
  ]);
});

import { expect, test } from "@jest/globals";
import { decodeEndpointSlice } from "../../src/decode/endpoint-slice.ts";
import { orderedEndpoints } from "../../src/model/endpoints.ts";
import { endpointList, ip } from "../compile/values.ts";

type Fields = Readonly<Record<string, unknown>>;

const labels = { "kubernetes.io/service-name": "web" };

function slice({ metadata, ...fields }: Fields & { metadata?: Fields } = {}) {
  return {
    metadata: { name: "web-abc", labels, ...metadata },
    addressType: "IPv4",
    ports: [{ name: "", port: 8080 }],
    endpoints: [{ addresses: ["10.244.0.1"] }],
    ...fields,
  };
}

function decoded(object: unknown) {
  const { value, problems } = decodeEndpointSlice(object);
  return { value, problems: problems.map(({ field, message }) => `${field}: ${message}`) };
}

const endpoint = {
  address: ip("10.244.0.1"),
  ready: true,
  serving: true,
  terminating: false,
  nodeName: undefined,
  zoneHints: [],
  nodeHints: [],
};

test("W-24 a minimal slice gets the defaults of the API server", () => {
  expect(decodeEndpointSlice(slice())).toEqual({
    value: {
      namespace: "default",
      name: "web-abc",
      serviceName: "web",
      generation: 0,
      family: "ip",
      ports: [{ name: "", protocol: "tcp", port: 8080 }],
      endpoints: orderedEndpoints([endpoint]),
    },
    problems: [],
  });
});

test("everything that is read from a slice", () => {
  const full = slice({
    metadata: { namespace: "shop", name: "web.abc", generation: 7 },
    addressType: "IPv6",
    ports: [
      { name: "http", port: 8080, protocol: "TCP", appProtocol: "http" },
      { name: "dns", port: 53, protocol: "UDP" },
    ],
    endpoints: [
      {
        addresses: ["fd00::0001", "fd00::2"],
        conditions: { ready: false, serving: true, terminating: true },
        nodeName: "worker-1",
        zone: "a",
        hostname: "web-0",
        targetRef: { kind: "Pod" },
        hints: { forZones: [{ name: "a" }, { name: "b" }], forNodes: [{ name: "worker-1" }] },
      },
    ],
  });
  expect(decodeEndpointSlice(full)).toEqual({
    value: {
      namespace: "shop",
      name: "web.abc",
      serviceName: "web",
      generation: 7,
      family: "ip6",
      ports: [
        { name: "http", protocol: "tcp", port: 8080 },
        { name: "dns", protocol: "udp", port: 53 },
      ],
      endpoints: {
        addresses: ["fd00::1"],
        states: [
          {
            ready: false,
            serving: true,
            terminating: true,
            nodeName: "worker-1",
            zoneHints: ["a", "b"],
            nodeHints: ["worker-1"],
          },
        ],
      },
    },
    problems: [],
  });
});

const refused = [
  [
    "B-004 headless, which is no problem",
    { metadata: { labels: { ...labels, "service.kubernetes.io/headless": "" } } },
    [],
  ],
  [
    "B-038 no labels",
    { metadata: { labels: undefined } },
    ['metadata.labels["kubernetes.io/service-name"]: is missing; '],
  ],
  [
    "B-038 no name of a Service",
    { metadata: { labels: { "kubernetes.io/service-name": "" } } },
    ['metadata.labels["kubernetes.io/service-name"]: is missing; '],
  ],
  [
    "B-038 a bad name of a Service",
    { metadata: { labels: { "kubernetes.io/service-name": "a/b" } } },
    ['"a/b" is not the name of a Service; '],
  ],
  ["B-010 FQDN", { addressType: "FQDN" }, ['addressType: "FQDN" is not supported (IPv4 and IPv6 are); ']],
  ["no addressType", { addressType: undefined }, ["addressType: is missing; "]],
  ["a bad name", { metadata: { name: "-" } }, ['metadata.name: "-" is not a name']],
  ["a name too long", { metadata: { name: "a".repeat(254) } }, ["metadata.name: "]],
] as const;

test.each(refused)("%s costs the slice", (_, fields, problems) => {
  const read = decoded(slice(fields));
  expect(read.value).toBeUndefined();
  expect(read.problems).toEqual(problems.map((problem) => expect.stringContaining(problem)));
});

const port = { name: "", protocol: "tcp", port: 8080 };
const ports = [
  ["W-24 B-040 a null name and protocol", [{ name: null, protocol: null, port: 8080 }], [port], []],
  ["B-041 a null number", [{ port: null }], [], ["ports[0].port: is missing; this port has no endpoints"]],
  ["B-041 number 0", [{ port: 0 }, { port: 8080 }], [port], ["ports[0].port: 0 is not a port number"]],
  ["a bad name", [{ name: "HTTP", port: 8080 }], [], ['ports[0].name: "HTTP" is not a port name']],
  ["a name twice", [port, { name: "", port: 8081 }].map(upper), [port], ['ports[1].name: "" occurs twice; the first']],
  ["null, as a slice without ports has it", null, [], []],
] as const;

test.each(ports)("ports: %s", (_, given, expected, problems) => {
  const read = decoded(slice({ ports: given }));
  expect(read.value?.ports).toEqual(expected);
  expect(read.problems).toEqual(problems.map((problem) => expect.stringContaining(problem)));
});

function upper({ name, port }: { readonly name: string; readonly port: number }) {
  return { name, port, protocol: "TCP" };
}

const good = { addresses: ["10.244.0.1"] };
const endpoints = [
  ["B-045 the first address counts", [{ addresses: ["10.244.0.1", "10.244.0.2"] }], [endpoint], []],
  [
    "B-045 no address",
    [{ addresses: [] }, good],
    [endpoint],
    ["[0].addresses[0]: is missing; this endpoint is not used"],
  ],
  ["no list of addresses", [{}, good], [endpoint], ["[0].addresses[0]: is missing; "]],
  ["B-046 nulls", [{ ...good, conditions: { ready: null, serving: null, terminating: null } }], [endpoint], []],
  ["B-046 not ready", [{ ...good, conditions: { ready: false } }], [{ ...endpoint, ready: false }], []],
  ["B-046 not serving", [{ ...good, conditions: { serving: false } }], [{ ...endpoint, serving: false }], []],
  [
    "a bad condition",
    [{ ...good, conditions: { ready: "yes" } }, good],
    [endpoint],
    ['[0].conditions.ready: "yes" is not true or false; '],
  ],
  ["B-047 no nodeName", [{ ...good, nodeName: "" }], [endpoint], []],
  ["any nodeName", [{ ...good, nodeName: "Ä \n" }], [{ ...endpoint, nodeName: "Ä \n" }], []],
  ["a nodeName of a number", [{ ...good, nodeName: 7 }, good], [endpoint], ["[0].nodeName: 7 is not a string; "]],
  ["B-048 empty hints", [{ ...good, hints: { forZones: [], forNodes: null } }], [endpoint], []],
  [
    "B-048 bad hints",
    [{ ...good, hints: { forZones: ["a"] } }, good],
    [endpoint],
    ['[0].hints.forZones[0]: "a" is not an object; '],
  ],
  ["B-019 leading zeros", [{ addresses: ["010.244.000.001"] }], [endpoint], []],
  [
    "no address at all",
    [{ addresses: ["web-0"] }, good],
    [endpoint],
    ['[0].addresses[0]: "web-0" is not an IP address; '],
  ],
  [
    "the other family",
    [{ addresses: ["fd00::1"] }, good],
    [endpoint],
    [`"fd00::1" is not of the slice's addressType; `],
  ],
  ["loopback", [{ addresses: ["127.0.0.1"] }, good], [endpoint], ['"127.0.0.1" is a loopback address; ']],
  ["unspecified", [{ addresses: ["0.0.0.0"] }, good], [endpoint], ['"0.0.0.0" is an unspecified address; ']],
  [
    "link-local",
    [{ addresses: ["169.254.169.254"] }, good],
    [endpoint],
    ['"169.254.169.254" is a link-local address; '],
  ],
  ["multicast", [{ addresses: ["224.0.0.1"] }, good], [endpoint], ['"224.0.0.1" is a multicast address; ']],
  ["an endpoint that is none", [null, "x", good], [endpoint], ["[0]: is missing; ", '[1]: "x" is not an object; ']],
  ["null, as a slice without endpoints has it", null, [], []],
] as const;

test.each(endpoints)("endpoints: %s", (_, given, expected, problems) => {
  const read = decoded(slice({ endpoints: given }));
  expect(read.value && endpointList(read.value.endpoints)).toEqual(expected);
  expect(read.problems).toEqual(problems.map((problem) => expect.stringContaining(problem)));
});

test("an endpoint is no form of a loopback address either", () => {
  const addresses = ["::127.0.0.1", "64:ff9b::127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::192.0.2.1"];
  const read = decoded(slice({ addressType: "IPv6", endpoints: addresses.map((each) => ({ addresses: [each] })) }));
  expect(read.value?.endpoints.addresses).toEqual(["64:ff9b::c000:201"]);
  expect(read.problems.map((problem) => /"\S+" is [^;]+/.exec(problem)?.[0])).toEqual([
    '"::127.0.0.1" is a form of 127.0.0.1, a loopback address',
    '"64:ff9b::127.0.0.1" is a form of 127.0.0.1, a loopback address',
    '"::ffff:127.0.0.1" is a loopback address',
  ]);
});

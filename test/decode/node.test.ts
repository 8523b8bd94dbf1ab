import { expect, test } from "@jest/globals";
import { decodeNode } from "../../src/decode/node.ts";
import { decodeServiceCIDR } from "../../src/decode/service-cidr.ts";

const metadata = { name: "worker-1.example" };
const node = {
  name: "worker-1.example",
  addresses: [],
  podCIDRs: [],
  zone: undefined,
  taints: [],
  isBeingDeleted: false,
};
const zoneLabel = "topology.kubernetes.io/zone";

const nodes = [
  ["nothing but a name", { metadata }, node],
  [
    "B-285 InternalIPs come first",
    {
      metadata,
      status: {
        addresses: [
          { type: "ExternalIP", address: "198.51.100.1" },
          { type: "InternalIP", address: "192.0.2.1" },
          { type: "Hostname", address: "worker-1" },
          { type: "InternalDNS", address: "worker-1.example" },
          { type: "InternalIP", address: "2001:db8::1" },
        ],
      },
    },
    { ...node, addresses: ["192.0.2.1", "2001:db8::1", "198.51.100.1"] },
  ],
  [
    "podCIDRs",
    { metadata, spec: { podCIDR: "10.244.0.0/24", podCIDRs: ["10.244.0.0/24", "fd00::/64"] } },
    { ...node, podCIDRs: ["10.244.0.0/24", "fd00::/64"] },
  ],
  ["podCIDR alone", { metadata, spec: { podCIDR: "10.244.0.0/24" } }, { ...node, podCIDRs: ["10.244.0.0/24"] }],
  ["no podCIDR yet", { metadata, spec: { podCIDR: "", podCIDRs: [] } }, node],
  [
    "B-069 the zone label",
    { metadata: { ...metadata, labels: { [zoneLabel]: "zone-a" } } },
    { ...node, zone: "zone-a" },
  ],
  ["B-069 an empty zone label", { metadata: { ...metadata, labels: { [zoneLabel]: "" } } }, node],
  [
    "B-237 taints",
    { metadata, spec: { taints: [{ key: "ToBeDeletedByClusterAutoscaler", value: "1", effect: "NoSchedule" }] } },
    { ...node, taints: ["ToBeDeletedByClusterAutoscaler"] },
  ],
  [
    "B-237 a deletionTimestamp",
    { metadata: { ...metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } },
    { ...node, isBeingDeleted: true },
  ],
  ["nulls", { metadata: { ...metadata, labels: null }, spec: null, status: { addresses: null } }, node],
] as const;

test.each(nodes)("%s", (_, object, expected) => {
  expect(decodeNode(object)).toEqual({ value: expected, problems: [] });
});

test("B-285 a bad part of a Node does not affect others", () => {
  const { value, problems } = decodeNode({
    metadata: { ...metadata, labels: { [zoneLabel]: 7 } },
    spec: { podCIDRs: ["10.244.0.0/24", "x"] },
    status: {
      addresses: [
        { type: "InternalIP", address: "x" },
        { type: "InternalIP" },
        7,
        { type: "InternalIP", address: "192.0.2.1" },
      ],
    },
  });
  expect(value).toEqual({ ...node, addresses: ["192.0.2.1"], podCIDRs: ["10.244.0.0/24"] });
  expect(problems.map(({ object, field, message }) => `${object} ${field}: ${message}`)).toEqual([
    'Node worker-1.example spec.podCIDRs[1]: "x" is not a network in CIDR notation; it is ignored',
    'Node worker-1.example status.addresses[0].address: "x" is not an IP address; this address is ignored',
    'Node worker-1.example status.addresses[1].address: "" is not an IP address; this address is ignored',
    "Node worker-1.example status.addresses[2]: 7 is not an object; this address is ignored",
    'Node worker-1.example metadata.labels["topology.kubernetes.io/zone"]: 7 is not a string; it is ignored',
  ]);
});

test("a Node without a usable name has no value", () => {
  expect(decodeNode({ metadata: { name: "Worker_1" } }).value).toBeUndefined();
});

const serviceCIDRs = [
  [
    "both families",
    { spec: { cidrs: ["10.96.0.0/16", "fd00:10:96::/112"] } },
    ["10.96.0.0/16", "fd00:10:96::/112"],
    [],
  ],
  ["no spec", {}, [], []],
  [
    "a bad one",
    { spec: { cidrs: ["10.96.0.0/99", "10.96.0.0/16"] } },
    ["10.96.0.0/16"],
    ['spec.cidrs[0]: "10.96.0.0/99" is not a network in CIDR notation; it is ignored'],
  ],
] as const;

test.each(serviceCIDRs)("B-007 a ServiceCIDR with %s", (_, fields, expected, problems) => {
  const read = decodeServiceCIDR({ metadata: { name: "kubernetes" }, ...fields });
  expect(read.value).toEqual(expected);
  expect(read.problems.map(({ field, message }) => `${field}: ${message}`)).toEqual(problems);
});

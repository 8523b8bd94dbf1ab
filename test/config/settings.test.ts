import { expect, test } from "@jest/globals";
import { type Config, defaultConfig } from "../../src/config/config.ts";
import { resolveSettings } from "../../src/config/settings.ts";
import { type Address, address } from "../../src/model/address.ts";
import { type CIDR, cidr } from "../../src/model/cidr.ts";
import type { Node } from "../../src/model/node.ts";
import { type Port, port } from "../../src/model/port.ts";

const addresses = (...texts: readonly string[]): readonly Address[] => texts.flatMap((text) => address(text) ?? []);
const cidrs = (...texts: readonly string[]): readonly CIDR[] => texts.flatMap((text) => cidr(text) ?? []);

const clusterCIDR = (...texts: readonly string[]): Partial<Config> => ({
  detectLocal: { kind: "ClusterCIDR", clusterCIDRs: cidrs(...texts) },
});

const worker: Node = {
  name: "worker",
  addresses: addresses("192.0.2.1", "2001:db8::1", "198.51.100.1"),
  podCIDRs: cidrs("10.244.1.0/24", "fd00:1::/64"),
  zone: "zone-a",
  taints: [],
  isBeingDeleted: false,
};

const interfaces = ["127.0.0.1", "192.0.2.1", "10.0.0.9", "10.0.0.10", "::1", "fe80::1", "2001:db8::1", "192.0.2.1"];

const apiServer = addresses("192.0.2.100").flatMap((ip) => ({ address: ip, port: port(6443) as Port }));

type Given = {
  readonly config?: Partial<Config>;
  readonly node?: Node | undefined;
  readonly interfaces?: readonly string[];
  readonly serviceCIDRs?: readonly string[];
};

function resolved({ config = {}, interfaces: texts = interfaces, serviceCIDRs = [], ...given }: Given = {}) {
  const { settings, problems } = resolveSettings({
    config: { ...defaultConfig, ...clusterCIDR("10.244.0.0/16", "fd00::/48"), ...config },
    node: "node" in given ? given.node : worker,
    nodeName: "worker",
    interfaceAddresses: addresses(...texts),
    serviceCIDRs: cidrs(...serviceCIDRs),
    ip6Affinity: "hash",
    counters: true,
    apiServer,
  });
  return { settings, problems: problems.map(({ object, field, message }) => `${object} ${field}: ${message}`) };
}

test("all that settings are made of", () => {
  expect(
    resolved({ serviceCIDRs: ["10.96.0.0/16", "fd00:96::/112"], config: { masqueradeAll: true, masqueradeBit: 3 } }),
  ).toEqual({
    settings: {
      nodeName: "worker",
      zone: "zone-a",
      families: {
        ip: {
          nodeIP: "192.0.2.1",
          detectLocal: { kind: "cidrs", cidrs: ["10.244.0.0/16"] },
          nodePortAddresses: { any: false, addresses: ["192.0.2.1"] },
          serviceCIDRs: ["10.96.0.0/16"],
          affinity: "remember",
        },
        ip6: {
          nodeIP: "2001:db8::1",
          detectLocal: { kind: "cidrs", cidrs: ["fd00::/48"] },
          nodePortAddresses: { any: false, addresses: ["2001:db8::1"] },
          serviceCIDRs: ["fd00:96::/112"],
          affinity: "hash",
        },
      },
      masqueradeBit: 3,
      masqueradeAll: true,
      endpointLimit: 32768,
      apiServer,
      sourceRangeLimit: 2000,
      counters: true,
    },
    problems: [],
  });
});

const v4Worker = { ...worker, addresses: addresses("192.0.2.1"), podCIDRs: cidrs("10.244.1.0/24") };
const nodeIPs = [
  ["B-285 the first of each family", {}, ["192.0.2.1", "2001:db8::1"]],
  ["B-286 bindAddress wins in its family", { config: { bindAddress: "192.0.2.9" } }, ["192.0.2.9", "2001:db8::1"]],
  ["B-286 also for IPv6", { config: { bindAddress: "2001:db8::9" } }, ["192.0.2.1", "2001:db8::9"]],
  ["B-286 an unspecified bindAddress does not", { config: { bindAddress: "::" } }, ["192.0.2.1", "2001:db8::1"]],
  ["a family that the Node does not have", { node: v4Worker }, ["192.0.2.1", undefined]],
  ["no Node", { node: undefined }, [undefined, undefined]],
] as const;

test.each(nodeIPs)("%s", (_, given, expected) => {
  const { families } = resolved(withAddress(given)).settings;
  expect([families.ip.nodeIP, families.ip6.nodeIP]).toEqual(expected);
});

/** Rows write bindAddress as a text. */
function withAddress(given: {
  readonly config?: { readonly bindAddress?: string };
  readonly node?: Node | undefined;
}): Given {
  const [bindAddress] = addresses(given.config?.bindAddress ?? "0.0.0.0");
  const { config: _, ...rest } = given;
  return { ...rest, config: bindAddress === undefined ? {} : { bindAddress } };
}

const none = { kind: "none" };
const warning =
  "; local pods are not told from other clients, and those outside the cluster may get no answer from ClusterIPs";
const detections = [
  [
    "W-19 all networks of each family",
    { config: clusterCIDR("10.244.0.0/16", "10.245.0.0/16", "fd00::/48", "fd01::/48") },
    [
      { kind: "cidrs", cidrs: ["10.244.0.0/16", "10.245.0.0/16"] },
      { kind: "cidrs", cidrs: ["fd00::/48", "fd01::/48"] },
    ],
    [],
  ],
  [
    "W-19 no network",
    { config: clusterCIDR() },
    [none, none],
    [`KubeProxyConfiguration clusterCIDR: is empty${warning}`],
  ],
  [
    "B-122 no IPv6 network, but IPv6 nodes",
    { config: clusterCIDR("10.244.0.0/16") },
    [{ kind: "cidrs", cidrs: ["10.244.0.0/16"] }, none],
    [`KubeProxyConfiguration clusterCIDR: has no IPv6 network${warning}`],
  ],
  [
    "B-122 no IPv4 network, but IPv4 Services",
    {
      config: clusterCIDR("fd00::/48"),
      node: { ...worker, addresses: addresses("2001:db8::1") },
      serviceCIDRs: ["10.96.0.0/16"],
    },
    [none, { kind: "cidrs", cidrs: ["fd00::/48"] }],
    [`KubeProxyConfiguration clusterCIDR: has no IPv4 network${warning}`],
  ],
  [
    "B-122 IPv4 only",
    { config: clusterCIDR("10.244.0.0/16"), node: v4Worker },
    [{ kind: "cidrs", cidrs: ["10.244.0.0/16"] }, none],
    [],
  ],
  [
    "B-123 NodeCIDR",
    { config: { detectLocal: { kind: "NodeCIDR" } } },
    [
      { kind: "cidrs", cidrs: ["10.244.1.0/24"] },
      { kind: "cidrs", cidrs: ["fd00:1::/64"] },
    ],
    [],
  ],
  [
    "B-123 NodeCIDR on a Node without",
    { config: { detectLocal: { kind: "NodeCIDR" } }, node: { ...worker, podCIDRs: [] } },
    [none, none],
    [`Node worker spec.podCIDRs: is empty${warning}`],
  ],
  [
    "B-124 BridgeInterface, without networks",
    { config: { detectLocal: { kind: "BridgeInterface", name: "br0" } } },
    [
      { kind: "interface", name: "br0" },
      { kind: "interface", name: "br0" },
    ],
    [],
  ],
  [
    "B-125 InterfaceNamePrefix",
    { config: { detectLocal: { kind: "InterfaceNamePrefix", prefix: "azv" } } },
    [
      { kind: "interfacePrefix", prefix: "azv" },
      { kind: "interfacePrefix", prefix: "azv" },
    ],
    [],
  ],
] as const;

test.each(detections)("%s", (_, given, expected, problems) => {
  const read = resolved(given);
  expect([read.settings.families.ip.detectLocal, read.settings.families.ip6.detectLocal]).toEqual(expected);
  expect(read.problems).toEqual(problems);
});

const ranges = (...texts: readonly string[]): Given => ({ config: { nodePortAddresses: cidrs(...texts) } });
const v4 = ["10.0.0.9", "10.0.0.10", "192.0.2.1"];
const v6 = ["2001:db8::1", "fe80::1"];
const nodePorts: readonly (readonly [string, Given, unknown, unknown, readonly string[]])[] = [
  ["B-131 primary", {}, only("192.0.2.1"), only("2001:db8::1"), []],
  [
    "W-14 primary without IPv6",
    { config: clusterCIDR("10.244.0.0/16"), node: v4Worker },
    only("192.0.2.1"),
    only(),
    [],
  ],
  [
    "W-16 B-140 primary on no interface",
    { interfaces: ["10.0.0.9", "2001:db8::1"] },
    only(),
    only("2001:db8::1"),
    [
      "KubeProxyConfiguration nodePortAddresses: the node IP 192.0.2.1 is on no interface of this node; no IPv4 address serves NodePorts",
    ],
  ],
  [
    "B-131 primary with a loopback address",
    { config: { bindAddress: addresses("127.0.0.1")[0] ?? defaultConfig.bindAddress } },
    only(),
    only("2001:db8::1"),
    [
      "KubeProxyConfiguration nodePortAddresses: the node IP 127.0.0.1 is a loopback address; no IPv4 address serves NodePorts",
    ],
  ],
  [
    "primary on a Node without addresses",
    { node: { ...worker, addresses: [] } },
    only(),
    only(),
    ["Node worker status.addresses: has no InternalIP or ExternalIP; no address serves NodePorts"],
  ],
  [
    "primary without a Node",
    { node: undefined },
    only(),
    only(),
    ["Node worker : is not known; no address serves NodePorts"],
  ],
  [
    "primary without a Node, which bindAddress makes up for",
    { node: undefined, config: { bindAddress: addresses("192.0.2.1")[0] ?? defaultConfig.bindAddress } },
    only("192.0.2.1"),
    only(),
    [],
  ],
  [
    "networks without a Node",
    { node: undefined, ...ranges("10.0.0.0/8", "2001:db8::/32") },
    only("10.0.0.9", "10.0.0.10"),
    only("2001:db8::1"),
    [],
  ],
  [
    "B-132 networks of both families",
    ranges("10.0.0.0/8", "fe80::/10", "10.0.0.10/32"),
    only("10.0.0.9", "10.0.0.10"),
    only("fe80::1"),
    [],
  ],
  ["B-133 networks of one family", ranges("10.0.0.0/8"), only("10.0.0.9", "10.0.0.10"), any(...v6), []],
  ["B-134 everything", ranges("10.0.0.0/8", "0.0.0.0/0", "::/0"), any(...v4), any(...v6), []],
  [
    "W-16 B-135 no match",
    ranges("172.16.0.0/12", "::/0"),
    only(),
    any(...v6),
    [
      "KubeProxyConfiguration nodePortAddresses: no address of this node is in 172.16.0.0/12; no IPv4 address serves NodePorts",
    ],
  ],
  [
    "B-136 loopback",
    ranges("127.0.0.0/8", "10.0.0.9/32", "::/0"),
    only("10.0.0.9"),
    any(...v6),
    ["KubeProxyConfiguration nodePortAddresses: 127.0.0.1 is a loopback address; it serves no NodePorts"],
  ],
  ["interfaces that are not known", { interfaces: [], ...ranges("0.0.0.0/0", "::/0") }, any(), any(), []],
];

test.each(nodePorts)("%s", (_, given, ip, ip6, problems) => {
  const { settings, problems: found } = resolved(given);
  expect([settings.families.ip.nodePortAddresses, settings.families.ip6.nodePortAddresses]).toEqual([ip, ip6]);
  expect(found).toEqual(problems);
});

function only(...addresses: readonly string[]) {
  return { any: false, addresses };
}

function any(...addresses: readonly string[]) {
  return { any: true, addresses };
}

test("nothing else needs a Node", () => {
  const config: Partial<Config> = { nodePortAddresses: cidrs("0.0.0.0/0", "::/0") };
  expect(resolved({ node: undefined, config }).problems).toEqual([]);
  expect(resolved({ node: undefined, config }).settings.zone).toBeUndefined();
});

test("B-123 NodeCIDR without a Node", () => {
  const config: Partial<Config> = { detectLocal: { kind: "NodeCIDR" }, nodePortAddresses: cidrs("0.0.0.0/0", "::/0") };
  expect(resolved({ node: undefined, config }).problems).toEqual([`Node worker : is not known${warning}`]);
});

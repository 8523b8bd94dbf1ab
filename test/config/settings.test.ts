import { expect, test } from "@jest/globals";
import type { Config } from "../../src/config/config.ts";
import type { Node } from "../../src/model/node.ts";
import { defaultConfig } from "../support/default-config.ts";
import { addresses, apiServer, can, cidrs, clusterCIDR, type Given, resolved, v4Worker, worker } from "./resolved.ts";

test("everything that settings are made of", () => {
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
          nodePortAddresses: { any: false, addresses: ["192.0.2.1"], loopback: false },
          podNetworks: ["10.244.0.0/16"],
          serviceCIDRs: ["10.96.0.0/16"],
          otherClusterIPs: [],
          ...can,
        },
        ip6: {
          nodeIP: "2001:db8::1",
          detectLocal: { kind: "cidrs", cidrs: ["fd00::/48"] },
          nodePortAddresses: { any: false, addresses: ["2001:db8::1"], loopback: false },
          podNetworks: ["fd00::/48"],
          serviceCIDRs: ["fd00:96::/112"],
          otherClusterIPs: [],
          ...can,
          affinity: "hash",
        },
      },
      masqueradeBit: 3,
      masqueradeAll: true,
      externalIPs: true,
      elementLimit: 262_144,
      apiServer,
      sourceRangeLimit: 2000,
      tableSourceRangeLimit: 20_000,
      affinityTimeoutLimit: 100,
      counters: true,
    },
    problems: [],
  });
});

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
const resets = "connections may be reset when conntrack considers packets invalid; set conntrack.tcpBeLiberal to true";
const warning =
  "; local pods cannot be distinguished from other clients, and clients outside the cluster may get no answer from ClusterIPs";
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
    [
      `KubeProxyConfiguration clusterCIDR: is empty${warning}`,
      `KubeProxyConfiguration clusterCIDR: is empty; ${resets}`,
    ],
  ],
  [
    "B-122 no IPv6 network, but IPv6 nodes",
    { config: clusterCIDR("10.244.0.0/16") },
    [{ kind: "cidrs", cidrs: ["10.244.0.0/16"] }, none],
    [
      `KubeProxyConfiguration clusterCIDR: has no IPv6 network${warning}`,
      `KubeProxyConfiguration clusterCIDR: has no IPv6 network; ${resets}`,
    ],
  ],
  [
    "B-122 no IPv4 network, but IPv4 Services",
    {
      config: clusterCIDR("fd00::/48"),
      node: { ...worker, addresses: addresses("2001:db8::1") },
      serviceCIDRs: ["10.96.0.0/16"],
    },
    [none, { kind: "cidrs", cidrs: ["fd00::/48"] }],
    [
      `KubeProxyConfiguration clusterCIDR: has no IPv4 network${warning}`,
      `KubeProxyConfiguration clusterCIDR: has no IPv4 network; ${resets}`,
    ],
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
    "B-191 NodeCIDR, with no network of all pods",
    { config: { detectLocal: { kind: "NodeCIDR" }, clusterCIDRs: [] } },
    [
      { kind: "cidrs", cidrs: ["10.244.1.0/24"] },
      { kind: "cidrs", cidrs: ["fd00:1::/64"] },
    ],
    [`KubeProxyConfiguration clusterCIDR: is empty; ${resets}`],
  ],
  [
    "B-191 no network, but a liberal conntrack",
    {
      config: {
        detectLocal: { kind: "BridgeInterface", name: "br0" },
        clusterCIDRs: [],
        conntrack: { ...defaultConfig.conntrack, tcpBeLiberal: true },
      },
    },
    [
      { kind: "interface", name: "br0" },
      { kind: "interface", name: "br0" },
    ],
    [],
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

test("nothing else needs a Node", () => {
  const found = resolved({ node: undefined, config: { nodePortAddresses: cidrs("0.0.0.0/0", "::/0") } });
  expect({ problems: found.problems, zone: found.settings.zone }).toEqual({ problems: [], zone: undefined });
});

test("B-123 NodeCIDR without a Node", () => {
  const config: Partial<Config> = { detectLocal: { kind: "NodeCIDR" }, nodePortAddresses: cidrs("0.0.0.0/0", "::/0") };
  expect(resolved({ node: undefined, config }).problems).toEqual([`Node worker : is not known${warning}`]);
});

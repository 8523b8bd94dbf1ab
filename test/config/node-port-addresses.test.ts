import { expect, test } from "@jest/globals";
import { cidr } from "../../src/model/cidr.ts";
import { defaultConfig } from "../support/default-config.ts";
import { addresses, clusterCIDR, type Given, resolved, v4Worker, worker } from "./resolved.ts";

const ranges = (...texts: readonly string[]): Given => ({
  config: { nodePortAddresses: texts.map((text) => cidr(text) ?? keyword(text)) },
});
const keyword = (text: string) => (text === "primary" || text === "localhost" ? text : "all");
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
    "D-01 loopback as a network",
    ranges("127.0.0.0/8", "10.0.0.9/32", "::/0"),
    withLoopback(only("10.0.0.9")),
    any(...v6),
    [],
  ],
  ["D-01 a part of it alone", ranges("127.0.0.7/32"), withLoopback(only()), any(...v6), []],
  ["D-01 the loopback address of IPv6", ranges("::1/128"), any(...v4), withLoopback(only()), []],
  [
    "B-136 a network with more than loopback in it",
    ranges("64.0.0.0/2", "::/0"),
    only(),
    any(...v6),
    [
      'KubeProxyConfiguration nodePortAddresses: 127.0.0.1 is a loopback address; it serves no NodePorts unless "localhost" is among them',
      "KubeProxyConfiguration nodePortAddresses: no address of this node is in 64.0.0.0/2; no IPv4 address serves NodePorts",
    ],
  ],
  [
    "D-01 localhost, and networks without a match",
    ranges("localhost", "172.16.0.0/12"),
    withLoopback(only()),
    withLoopback(only()),
    [
      "KubeProxyConfiguration nodePortAddresses: no address of this node is in 172.16.0.0/12; no IPv4 address but the loopback address serves NodePorts",
    ],
  ],
  ["primary and networks", ranges("primary", "10.0.0.9/32"), only("10.0.0.9", "192.0.2.1"), only("2001:db8::1"), []],
  [
    "primary on no interface, and networks",
    { ...ranges("primary", "10.0.0.9/32"), interfaces: ["10.0.0.9", "2001:db8::1"] },
    only("10.0.0.9"),
    only("2001:db8::1"),
    [
      "KubeProxyConfiguration nodePortAddresses: the node IP 192.0.2.1 is on no interface of this node; others serve NodePorts",
    ],
  ],
  [
    "primary and networks without a match",
    ranges("primary", "172.16.0.0/12"),
    only("192.0.2.1"),
    only("2001:db8::1"),
    ["KubeProxyConfiguration nodePortAddresses: no address of this node is in 172.16.0.0/12; others serve NodePorts"],
  ],
  [
    "primary and networks without a Node",
    { node: undefined, ...ranges("primary", "10.0.0.9/32") },
    only("10.0.0.9"),
    only(),
    ["Node worker : is not known; no primary address serves NodePorts"],
  ],
  [
    "D-01 primary and localhost",
    ranges("primary", "localhost"),
    withLoopback(only("192.0.2.1")),
    withLoopback(only("2001:db8::1")),
    [],
  ],
  ["D-01 localhost alone", ranges("localhost"), withLoopback(only()), withLoopback(only()), []],
  ["D-02 all addresses do not mean loopback", ranges("0.0.0.0/0", "::/0"), any(...v4), any(...v6), []],
  ["D-02 all and localhost", ranges("all", "localhost"), withLoopback(any(...v4)), withLoopback(any(...v6)), []],
  ["D-02 every address", ranges("primary", "all"), any(...v4), any(...v6), []],
  ["interfaces that are not known", { interfaces: [], ...ranges("0.0.0.0/0", "::/0") }, any(), any(), []],
];

test.each(nodePorts)("%s", (_, given, ip, ip6, problems) => {
  const { settings, problems: found } = resolved(given);
  expect([settings.families.ip.nodePortAddresses, settings.families.ip6.nodePortAddresses]).toEqual([ip, ip6]);
  expect(found).toEqual(problems);
});

function only(...addresses: readonly string[]) {
  return { any: false, addresses, loopback: false };
}

function any(...addresses: readonly string[]) {
  return { any: true, addresses, loopback: false };
}

function withLoopback(serving: object) {
  return { ...serving, loopback: true };
}

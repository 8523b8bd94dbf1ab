import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { nodeFindings } from "../../../src/ask/doctor/node/node.ts";
import type { NodeFacts } from "../../../src/ask/doctor/node/node-facts.ts";
import type { ServiceFlow } from "../../../src/ask/flows/service-flow.ts";
import { findingLines, inOrder } from "../../../src/ask/service/finding-lines.ts";
import type { AnyChain } from "../../../src/netlink/all-chains.ts";
import { ip } from "../../compile/values.ts";
import { examinedFile } from "./examined-files.ts";

const ours: AnyChain = {
  family: "ip",
  table: "kube-nft",
  name: "nat-prerouting",
  hook: "prerouting",
  drops: false,
  uses: 3,
};

/** A node on which nothing is wrong. */
const well: NodeFacts = {
  kernel: "6.18.44",
  lacks: [],
  sysctls: new Map([
    ["net.ipv4.ip_forward", "1"],
    ["net.ipv6.conf.all.forwarding", "1"],
    ["net.ipv4.conf.all.rp_filter", "0"],
    ["net.ipv4.conf.eth0.rp_filter", "2"],
    ["net.netfilter.nf_conntrack_tcp_timeout_syn_sent", "120"],
  ]),
  interfaces: [
    { name: "lo", mtu: 65536, isBridge: false },
    { name: "eth0", mtu: 1500, isBridge: false },
    { name: "flannel.1", mtu: 1450, isBridge: false },
  ],
  conntrack: { count: 1000, max: 262_144, drop: 0, earlyDrop: 0, insertFailed: 0 },
  chains: [ours],
  proxies: { running: [], virtualServers: 0 },
  hasAgent: true,
  setAside: [],
  unopened: [],
  flows: [],
  newConnections: new Map(),
  listening: () => undefined,
  unseen: [],
};

function foreign(fields: Partial<AnyChain>): readonly AnyChain[] {
  return [
    ours,
    { family: "inet", table: "firewalld", name: "filter_FORWARD", hook: "forward", drops: true, uses: 7, ...fields },
  ];
}

function flow(client: string, fields: Partial<ServiceFlow>): ServiceFlow {
  return {
    service: "default/web",
    servicePort: "default/web",
    nodePort: undefined,
    protocol: "tcp",
    client: { address: ip(client), port: 4000 },
    frontend: { address: ip("10.96.0.10"), port: 80 },
    endpoint: { address: ip("10.244.2.12"), port: 8080 },
    pod: "web-2",
    masqueradedAs: undefined,
    state: "SYN_SENT",
    isAnswered: false,
    timeoutSeconds: 115,
    ageSeconds: undefined,
    bytes: undefined,
    stale: undefined,
    ...fields,
  };
}

const conntrack = { count: 1000, max: 262_144, drop: 0, earlyDrop: 0, insertFailed: 0 };
const sysctl = (name: string, value: string) => ({ sysctls: new Map([...well.sysctls, [name, value]]) });
const bridge = [...well.interfaces, { name: "cni0", mtu: 1450, isBridge: true }];

const cases: Readonly<Record<string, Partial<NodeFacts>>> = {
  well: {},
  "no-table": { chains: [], hasAgent: false },
  "no-table-with-agent": { chains: [] },
  "no-agent": { hasAgent: false },
  "loopback-port-taken": {
    unopened: [{ at: "127.0.0.1 port 30500", service: "default/web", message: "listen EADDRINUSE 127.0.0.1:30500" }],
  },
  "set-aside": { setAside: [{ what: "Service default/web (IPv4)", reason: "nft: Numerical result out of range" }] },
  "no-forwarding": sysctl("net.ipv4.ip_forward", "0"),
  "strict-reverse-paths": sysctl("net.ipv4.conf.all.rp_filter", "1"),
  "loose-wins-over-strict": {
    sysctls: new Map([
      ["net.ipv4.conf.all.rp_filter", "1"],
      ["net.ipv4.conf.eth0.rp_filter", "2"],
    ]),
    interfaces: [{ name: "eth0", mtu: 1500, isBridge: false }],
  },
  "bridge-without-module": { interfaces: bridge },
  "bridge-not-filtered": { interfaces: bridge, ...sysctl("net.bridge.bridge-nf-call-iptables", "0") },
  "bridge-filtered": { interfaces: bridge, ...sysctl("net.bridge.bridge-nf-call-iptables", "1") },
  mtu: {
    interfaces: [
      { name: "eth0", mtu: 1500, isBridge: false },
      { name: "flannel.1", mtu: 1500, isBridge: false },
      { name: "wireguard.cali", mtu: 1450, isBridge: false },
      { name: "tunl0", mtu: 1480, isBridge: false },
    ],
  },
  "conntrack-full": { conntrack: { ...conntrack, count: 262_000, drop: 17, earlyDrop: 3 } },
  "conntrack-filling": { conntrack: { ...conntrack, count: 200_000 } },
  "conntrack-clashes": { conntrack: { ...conntrack, insertFailed: 12 } },
  "foreign-forward": { chains: foreign({}) },
  "foreign-forward-without-rules": { chains: foreign({ uses: 0 }) },
  "foreign-input": { chains: foreign({ family: "ip", table: "filter", name: "INPUT", hook: "input" }) },
  "legacy-forward": {
    chains: foreign({ family: "iptables-legacy", table: "filter", name: "FORWARD", uses: 1 }),
  },
  "foreign-accept": { chains: foreign({ drops: false }) },
  "kube-proxy-left-over": {
    chains: [
      ...foreign({ table: "kube-proxy", name: "services", hook: undefined, drops: false }),
      ...foreign({ table: "kube-proxy", family: "ip6", name: "services", hook: undefined, drops: false }),
    ],
  },
  "kube-proxy-left-over-in-iptables": {
    chains: [
      ...foreign({ table: "nat", family: "ip", name: "KUBE-SERVICES", hook: undefined, drops: false }),
      ...foreign({ table: "nat", family: "ip", name: "KUBE-SVC-ERIFXISQEP7F7OF4", hook: undefined, drops: false }),
      ...foreign({ table: "mangle", family: "ip", name: "KUBE-KUBELET-CANARY", hook: undefined, drops: false }),
    ],
    proxies: { running: [], virtualServers: 4 },
  },
  "kube-proxy-runs": {
    chains: foreign({ table: "kube-proxy", family: "ip", name: "services", hook: undefined, drops: false }),
    proxies: { running: ["kube-proxy"], virtualServers: 0 },
  },
  "old-kernel": { kernel: "5.10.0-30-amd64" },
  "kernel-that-misses": { kernel: "6.12.40+deb13-amd64" },
  "kernel-that-does-not": { kernel: "6.12.48+deb13-amd64" },
  lacks: { lacks: ["IPv6: there is no session affinity (needs nft 1.0.7): Assertion"] },
  "nobody-listens": { listening: (address) => (address === "10.244.1.11" ? "no" : undefined) },
  "loopback-only": { listening: (address) => (address === "10.244.1.11" ? "loopback" : undefined) },
  refused: { listening: (address) => (address === "10.244.1.11" ? "refused" : "yes") },
  silent: { listening: (address) => (address === "10.244.1.11" ? "silent" : "yes") },
  unanswered: {
    flows: [
      flow("10.244.1.99", {}),
      flow("10.244.1.98", {}),
      flow("10.244.1.97", { endpoint: { address: ip("10.244.2.13"), port: 8080 }, pod: undefined }),
      // These may still be answered, or have been.
      flow("10.244.1.96", { timeoutSeconds: 119 }),
      flow("10.244.1.95", { isAnswered: true, state: "ESTABLISHED" }),
      flow("10.244.1.94", { protocol: "udp", state: undefined }),
    ],
  },
  stale: {
    flows: [
      flow("10.244.1.99", { stale: "not translated" }),
      flow("10.244.1.98", { stale: "endpoint gone", state: "ESTABLISHED", isAnswered: true }),
      flow("10.244.1.98", { stale: "frontend gone", service: undefined, servicePort: undefined, protocol: "udp" }),
    ],
  },
  "never-reached": {
    newConnections: new Map([
      [
        "ip",
        new Map([
          ["10.96.0.10 tcp 80", 7],
          ["tcp 30080", 0],
        ] as const),
      ],
    ]),
  },
  reached: {
    newConnections: new Map([
      [
        "ip",
        new Map([
          ["10.96.0.10 tcp 80", 0],
          ["tcp 30080", 3],
        ] as const),
      ],
    ]),
  },
  unseen: { unseen: ["the sockets of pods: none of their processes is visible"] },
};

const folder = new URL("nodes/", import.meta.url);

test.each(Object.entries(cases).map(([name, facts]) => ({ name, facts })))("$name", async ({ name, facts }) => {
  const cluster = await examinedFile(new URL("cluster.yaml", import.meta.url));
  const lines = findingLines(inOrder(nodeFindings(cluster, { ...well, ...facts })));
  const text = lines.map((line) => `${line}\n`).join("");
  const golden = new URL(`${name}.txt`, folder);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, text);
  else expect(text).toBe(existsSync(golden) ? readFileSync(golden, "utf8") : undefined);
});

test("each golden text has its node", () => {
  expect(readdirSync(folder).sort()).toEqual(
    Object.keys(cases)
      .map((name) => `${name}.txt`)
      .sort(),
  );
});

import { describe, expect, test } from "@jest/globals";
import { loopback } from "../../../src/model/cidr.ts";
import type { Packet } from "../../../src/nft/evaluate/packet.ts";
import type { Field, Rule, Statement } from "../../../src/nft/rule.ts";
import type { Element, NamedSet } from "../../../src/nft/ruleset.ts";
import { ip } from "../../compile/values.ts";
import { chain, table } from "../values.ts";
import { client, clusterIP, fromOutside, node, outcomesOf } from "./packets.ts";

const saddr: Field = { kind: "saddr" };
const daddr: Field = { kind: "daddr" };
const dport: Field = { kind: "dport" };
const tcpPort: Field = { kind: "dport", protocol: "tcp" };
const oneOf = (modulus: number, offset = 0): Field => ({ kind: "numgenRandom", modulus, offset });
const drop: Statement = { kind: "drop" };
const marked: Statement = { kind: "markBit", mask: 0x4000 };
const remembered = { key: [saddr], value: [daddr, dport], map: "clients-endpoints" } as const;
const toPod = { address: "10.244.0.1", port: 8080 };

const sets: readonly NamedSet[] = [
  set("clients", { key: [client] }),
  set(
    "endpoints",
    { key: [clusterIP, 80], value: ["10.244.0.1", 8080] },
    { key: [clusterIP, 81], value: [clusterIP, 81] },
  ),
  set("slots", { key: [0], value: ["10.244.0.1", 8080] }, { key: [1], value: ["10.244.0.2"] }),
  set(
    "verdicts",
    { key: [clusterIP], value: { kind: "goto", chain: "other" } },
    { key: [node], value: { kind: "drop" } },
  ),
  {
    ...set("networks", { key: ["10.0.0.0/8", 80] }, { key: [clusterIP, 81] }, { key: ["192.0.2.0/24", 80] }),
    flag: "interval",
  },
  { ...set("clients-endpoints"), flag: "dynamic" },
];

type Row = readonly [rule: Rule, packet: Partial<Packet>, ...outcomes: readonly string[]];

/** Rows for each kind of statement, which TypeScript checks to be complete: what comes of a packet by a rule. */
const rows: Readonly<Record<Statement["kind"], readonly Row[]>> = {
  ctState: [
    [[{ kind: "ctState", state: "new" }, drop], {}, "dropped"],
    [[{ kind: "ctState", state: "new" }, drop], { conntrack: { kind: "untracked" } }, "accepted"],
    [[{ kind: "ctState", state: "new" }, drop], { conntrack: { kind: "invalid" } }, "accepted"],
    [[{ kind: "ctState", state: "invalid" }, drop], { conntrack: { kind: "invalid" } }, "dropped"],
    [[{ kind: "ctState", state: "invalid" }, drop], {}, "accepted"],
    [
      [{ kind: "ctState", state: "new" }, drop],
      { conntrack: { kind: "established", isMasqueraded: false } },
      "accepted",
    ],
  ],
  tcpFlag: [
    [[{ kind: "tcpFlag", flag: "syn" }, drop], {}, "dropped"],
    [[{ kind: "tcpFlag", flag: "syn", not: true }, drop], {}, "accepted"],
    [[{ kind: "tcpFlag", flag: "rst" }, drop], { flags: ["rst"] }, "dropped"],
    [[{ kind: "tcpFlag", flag: "syn", not: true }, drop], { conntrack: { kind: "invalid" } }, "dropped"],
    [[{ kind: "tcpFlag", flag: "syn", not: true }, drop], { protocol: "udp" }, "accepted"],
  ],
  ctStatus: [
    [[{ kind: "ctStatus", status: "dnat" }, drop], {}, "accepted"],
    [
      [{ kind: "ctStatus", status: "dnat" }, drop],
      { conntrack: { kind: "established", endpoint: toPod, isMasqueraded: false } },
      "dropped",
    ],
    [
      [{ kind: "ctStatus", status: "dnat" }, drop],
      { conntrack: { kind: "established", endpoint: { address: clusterIP, port: 80 }, isMasqueraded: true } },
      "10.96.0.1:80 masqueraded",
    ],
    [[{ kind: "ctStatus", not: true, status: "confirmed" }, drop], {}, "dropped"],
    [
      [{ kind: "ctStatus", not: true, status: "confirmed" }, drop],
      { conntrack: { kind: "established", isMasqueraded: false } },
      "accepted",
    ],
    [[{ kind: "ctStatus", not: true, status: "confirmed" }, drop], { conntrack: { kind: "untracked" } }, "accepted"],
  ],
  l4proto: [
    [[{ kind: "l4proto", protocol: "tcp" }, drop], {}, "dropped"],
    [[{ kind: "l4proto", protocol: "tcp" }, drop], { protocol: "icmp" }, "accepted"],
  ],
  fib: [
    [[{ kind: "fib", field: "daddr", type: "local" }, drop], {}, "accepted"],
    [[{ kind: "fib", field: "daddr", type: "local" }, drop], { daddr: node }, "dropped"],
    [[{ kind: "fib", field: "saddr", type: "local" }, drop], { daddr: node }, "accepted"],
    [[{ kind: "fib", field: "saddr", type: "local" }, drop], { saddr: ip("127.0.0.2") }, "dropped"],
    [[{ kind: "fib", field: "daddr", not: true, type: "local" }, drop], { daddr: node }, "accepted"],
    [[{ kind: "fib", field: "daddr", not: true, type: "local" }, drop], {}, "dropped"],
  ],
  address: [
    [[{ kind: "address", field: "saddr", cidr: loopback.ip }, drop], { saddr: ip("127.1.2.3") }, "dropped"],
    [[{ kind: "address", field: "daddr", cidr: loopback.ip }, drop], { saddr: ip("127.1.2.3") }, "accepted"],
    [[{ kind: "address", field: "daddr", not: true, cidr: loopback.ip }, drop], {}, "dropped"],
    [[{ kind: "address", field: "daddr", not: true, cidr: loopback.ip }, drop], { daddr: ip("127.1.2.3") }, "accepted"],
  ],
  iifname: [
    [[{ kind: "iifname", name: "eth0", prefix: false }, drop], {}, "dropped"],
    [[{ kind: "iifname", name: "eth", prefix: false }, drop], {}, "accepted"],
    [[{ kind: "iifname", name: "eth", prefix: true }, drop], {}, "dropped"],
    [[{ kind: "iifname", not: true, name: "eth", prefix: true }, drop], {}, "accepted"],
    [[{ kind: "iifname", not: true, name: "cbr0", prefix: false }, drop], {}, "dropped"],
  ],
  markBit: [
    [[marked, drop], { mark: 0xc001 }, "dropped"],
    [[marked, drop], { mark: 0x8001 }, "accepted"],
    [[{ kind: "markBit", mask: 2 ** 31 }, drop], { mark: 0xffffffff }, "dropped"],
  ],
  setMark: [
    [[{ kind: "setMark", mask: 0x4000 }, marked, drop], {}, "dropped"],
    [[{ kind: "setMark", mask: 2 ** 31 }, { kind: "markBit", mask: 2 ** 31 }, drop], {}, "dropped"],
    [[{ kind: "setMark", mask: 1 }, { kind: "markBit", mask: 0x4001 }, drop], { mark: 0x4000 }, "dropped"],
  ],
  clearMark: [
    [[{ kind: "clearMark", mask: 0x4000 }, marked, drop], { mark: 0xffffffff }, "accepted"],
    [[{ kind: "clearMark", mask: 0x4000 }, { kind: "markBit", mask: 0x8000 }, drop], { mark: 0xffffffff }, "dropped"],
  ],
  member: [
    [[{ kind: "member", key: [saddr], set: "clients" }, drop], {}, "dropped"],
    [[{ kind: "member", key: [saddr], set: "clients" }, drop], { saddr: node }, "accepted"],
    [[{ kind: "member", key: [saddr], not: true, set: "clients" }, drop], {}, "accepted"],
    [[{ kind: "member", key: [saddr], not: true, set: "clients" }, drop], { saddr: node }, "dropped"],
    [[{ kind: "member", key: [daddr, dport], set: "networks" }, drop], {}, "dropped"],
    [[{ kind: "member", key: [daddr, dport], set: "networks" }, drop], { dport: 81 }, "dropped"],
    [[{ kind: "member", key: [daddr, dport], set: "networks" }, drop], { dport: 82 }, "accepted"],
    [[{ kind: "member", key: [daddr, dport], set: "networks" }, drop], { daddr: ip("11.0.0.1") }, "accepted"],
    [[{ kind: "member", key: [daddr, tcpPort], not: true, set: "networks" }, drop], { protocol: "udp" }, "accepted"],
    [[{ kind: "member", key: [oneOf(5, 1)], set: "slots" }, drop], {}, "1/5 dropped", "4/5 accepted"],
  ],
  vmap: [
    [[{ kind: "vmap", key: [daddr], map: "verdicts" }], {}, "rejected with tcp reset"],
    [[{ kind: "vmap", key: [daddr], map: "verdicts" }], { daddr: node }, "dropped"],
    [[{ kind: "vmap", key: [daddr], map: "verdicts" }], { daddr: client }, "accepted"],
  ],
  dnat: [
    [[{ kind: "dnat", key: [daddr, tcpPort], map: "endpoints" }], {}, "10.244.0.1:8080"],
    [[{ kind: "dnat", key: [daddr, tcpPort], map: "endpoints" }], { dport: 82 }, "accepted"],
    [[{ kind: "dnat", key: [daddr, tcpPort], map: "endpoints" }], { protocol: "udp" }, "accepted"],
    [[{ kind: "dnat", key: [oneOf(4)], map: "slots" }], {}, "1/4 10.244.0.1:8080", "1/4 10.244.0.2:80", "1/2 accepted"],
    [
      [{ kind: "dnat", key: [{ kind: "jhashSaddr", modulus: 2, offset: 0, seed: 0 }], map: "slots" }],
      {},
      "10.244.0.1:8080",
    ],
  ],
  count: [
    [[{ kind: "count", key: [daddr, dport], set: "counts", timeoutSeconds: 60 }, drop], {}, "dropped"],
    [[{ kind: "count", key: [daddr, dport], set: "counts", timeoutSeconds: 60 }], {}, "accepted"],
    [[{ kind: "count", key: [tcpPort], set: "counts", timeoutSeconds: 60 }, drop], { protocol: "udp" }, "accepted"],
  ],
  update: [[[{ kind: "update", ...remembered, timeoutSeconds: 60 }, drop], {}, "dropped"]],
  delete: [[[{ kind: "delete", ...remembered }, drop], {}, "dropped"]],
  masquerade: [[[{ kind: "masquerade" }, drop], {}, "accepted masqueraded"]],
  reject: [
    [[{ kind: "reject" }], {}, "rejected with port unreachable"],
    [[{ kind: "reject", with: "tcp reset" }], {}, "rejected with tcp reset"],
    [[{ kind: "reject", with: "tcp reset" }], { protocol: "udp" }, "accepted"],
  ],
  accept: [[[{ kind: "accept" }, drop], {}, "accepted"]],
  drop: [[[drop], {}, "dropped"]],
  return: [[[{ kind: "return" }, drop], {}, "accepted"]],
  jump: [[[{ kind: "jump", chain: "other" }], {}, "rejected with tcp reset"]],
  goto: [[[{ kind: "goto", chain: "other" }], {}, "rejected with tcp reset"]],
};

describe.each(Object.entries(rows))("%s", (_, rows) => {
  test.each(rows)("%j %j: %s", (rule, packet, ...outcomes) => {
    const base = { name: "base", hook: { type: "filter", hook: "prerouting", priority: -110 }, rules: [rule] } as const;
    const other = chain("other", [{ kind: "reject", with: "tcp reset" }]);
    expect(outcomesOf(table(sets, [base, other]), { ...fromOutside, ...packet })).toEqual(outcomes);
  });
});

function set(name: string, ...elements: readonly Element[]): NamedSet {
  return { name, key: [], value: undefined, elements };
}

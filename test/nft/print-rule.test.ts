import { describe, expect, test } from "@jest/globals";
import { loopback } from "../../src/model/cidr.ts";
import { printHook, printRule, printVerdict } from "../../src/nft/print-rule.ts";
import type { Field, Statement } from "../../src/nft/rule.ts";

const daddr: Field = { kind: "daddr" };
const port: Field = { kind: "dport", protocol: "tcp" };

/** Each kind of statement, which TypeScript checks to be complete. */
const statements: {
  readonly [Kind in Statement["kind"]]: readonly (readonly [Statement & { readonly kind: Kind }, string])[];
} = {
  ctState: [
    [{ kind: "ctState", state: "new" }, "ct state new"],
    [{ kind: "ctState", state: "invalid" }, "ct state invalid"],
  ],
  tcpFlag: [
    [{ kind: "tcpFlag", flag: "rst" }, "tcp flags & rst == rst"],
    [{ kind: "tcpFlag", flag: "syn", not: true }, "tcp flags & syn == 0x0"],
  ],
  ctStatus: [
    [{ kind: "ctStatus", status: "dnat" }, "ct status dnat"],
    [{ kind: "ctStatus", not: true, status: "confirmed" }, "ct status ! confirmed"],
  ],
  l4proto: [[{ kind: "l4proto", protocol: "sctp" }, "meta l4proto sctp"]],
  fib: [[{ kind: "fib", field: "saddr", type: "local" }, "fib saddr type local"]],
  address: [
    [{ kind: "address", field: "saddr", cidr: loopback.ip }, "ip saddr 127.0.0.0/8"],
    [{ kind: "address", field: "daddr", not: true, cidr: loopback.ip }, "ip daddr != 127.0.0.0/8"],
  ],
  iifname: [
    [{ kind: "iifname", name: "cbr0", prefix: false }, 'iifname "cbr0"'],
    [{ kind: "iifname", not: true, name: "veth", prefix: true }, 'iifname != "veth*"'],
  ],
  markBit: [
    [{ kind: "markBit", mask: 1 << 14 }, "meta mark & 0x00004000 == 0x00004000"],
    [{ kind: "markBit", mask: 2 ** 31 }, "meta mark & 0x80000000 == 0x80000000"],
  ],
  setMark: [[{ kind: "setMark", mask: 1 }, "meta mark set meta mark | 0x00000001"]],
  clearMark: [
    [{ kind: "clearMark", mask: 1 << 14 }, "meta mark set meta mark & 0xffffbfff"],
    [{ kind: "clearMark", mask: 2 ** 31 }, "meta mark set meta mark & 0x7fffffff"],
  ],
  count: [
    [
      { kind: "count", key: [daddr, { kind: "l4proto" }, { kind: "dport" }], set: "s", timeoutSeconds: 3600 },
      "update @s { ip daddr . meta l4proto . th dport timeout 3600s counter }",
    ],
  ],
  member: [
    [{ kind: "member", key: [daddr], set: "s" }, "ip daddr @s"],
    [{ kind: "member", key: [{ kind: "saddr" }, daddr], not: true, set: "s" }, "ip saddr . ip daddr != @s"],
  ],
  vmap: [
    [
      { kind: "vmap", key: [daddr, { kind: "l4proto" }, { kind: "dport" }], map: "services" },
      "ip daddr . meta l4proto . th dport vmap @services",
    ],
  ],
  dnat: [
    [
      { kind: "dnat", key: [daddr, port, { kind: "numgenRandom", modulus: 3, offset: 0 }], map: "m" },
      "dnat ip to ip daddr . tcp dport . numgen random mod 3 map @m",
    ],
    [
      { kind: "dnat", key: [{ kind: "numgenRandom", modulus: 3, offset: 32768 }], map: "m" },
      "dnat ip to numgen random mod 3 offset 32768 map @m",
    ],
    [
      { kind: "dnat", key: [{ kind: "jhashSaddr", seed: 0, modulus: 2, offset: 5 }], map: "m" },
      "dnat ip to jhash ip saddr mod 2 seed 0x6b6e6674 offset 5 map @m",
    ],
  ],
  update: [
    [
      {
        kind: "update",
        map: "affinity",
        key: [{ kind: "saddr" }, { kind: "ctOriginalDaddr" }, { kind: "ctOriginalDport" }],
        timeoutSeconds: 60,
        value: [daddr, port],
      },
      "update @affinity { ip saddr . ct original ip daddr . ct original proto-dst timeout 60s : ip daddr . tcp dport }",
    ],
  ],
  delete: [
    [{ kind: "delete", map: "m", key: [{ kind: "saddr" }], value: [daddr] }, "delete @m { ip saddr : ip daddr }"],
  ],
  reject: [
    [{ kind: "reject" }, "reject"],
    [{ kind: "reject", with: "tcp reset" }, "reject with tcp reset"],
  ],
  masquerade: [[{ kind: "masquerade" }, "masquerade fully-random"]],
  accept: [[{ kind: "accept" }, "accept"]],
  drop: [[{ kind: "drop" }, "drop"]],
  return: [[{ kind: "return" }, "return"]],
  jump: [[{ kind: "jump", chain: "c" }, "jump c"]],
  goto: [[{ kind: "goto", chain: "c" }, "goto c"]],
};

describe("a statement is printed as nft(8) has it", () => {
  test.each(Object.values(statements).flat())("%j", (statement, text) => {
    expect(printRule("ip", [statement])).toBe(text);
  });
});

test("in the family ip6 addresses are those of IPv6", () => {
  const rule: readonly Statement[] = [
    { kind: "member", key: [{ kind: "saddr" }, { kind: "ctOriginalDaddr" }], set: "s" },
    { kind: "dnat", key: [daddr, port], map: "m" },
  ];
  expect(printRule("ip6", rule)).toBe("ip6 saddr . ct original ip6 daddr @s dnat ip6 to ip6 daddr . tcp dport map @m");
});

test("a rule is its statements in order", () => {
  expect(
    printRule("ip", [
      { kind: "ctState", state: "new" },
      { kind: "jump", chain: "c" },
    ]),
  ).toBe("ct state new jump c");
});

test("a hook has its priority as a number, which every nft lists alike", () => {
  expect(printHook({ type: "nat", hook: "prerouting", priority: -100 })).toBe("type nat hook prerouting priority -100");
  expect(printVerdict({ kind: "goto", chain: "c" })).toBe("goto c");
});

import { describe, expect, test } from "@jest/globals";
import { evaluator } from "../../../src/nft/evaluate/evaluate.ts";
import { mapsAfter } from "../../../src/nft/evaluate/outcome.ts";
import type { Packet } from "../../../src/nft/evaluate/packet.ts";
import type { Field, Key, Rule, Statement } from "../../../src/nft/rule.ts";
import type { Chain, Element, Hook, NamedSet } from "../../../src/nft/ruleset.ts";
import { ip } from "../../compile/values.ts";
import { chain, table } from "../values.ts";
import { clusterIP, fromNode, fromOutside, node, outcomesOf } from "./packets.ts";

const drop: Statement = { kind: "drop" };
const mark: Statement = { kind: "setMark", mask: 1 };
const pod = ip("10.244.0.1");
const port: Field = { kind: "dport", protocol: "tcp" };
const filter: Hook = { type: "filter", hook: "prerouting", priority: 0 };
const nat: Hook = { type: "nat", hook: "prerouting", priority: -100 };

describe("a packet passes base chains by hook and priority", () => {
  const chains = [
    ...base("postrouting", 0, 100),
    ...base("input", 0, 100),
    ...base("forward", 0),
    ...base("output", 0, -100),
    ...base("prerouting", 0, -100, -110),
  ];
  const endpoint = { address: pod, port: 8080 };
  const established = { kind: "established", endpoint, isMasqueraded: false } as const;
  const rows: readonly (readonly [string, Packet, string])[] = [
    ["to others", fromOutside, "prerouting-110 prerouting-100 prerouting0 forward0 postrouting0 postrouting100"],
    ["to this node", { ...fromOutside, daddr: node }, "prerouting-110 prerouting-100 prerouting0 input0 input100"],
    ["from this node", fromNode, "output-100 output0 postrouting0 postrouting100"],
    [
      "from this node to itself, where it is new but its NAT is done",
      { ...fromNode, daddr: ip("127.0.0.1") },
      "output-100 output0 postrouting0 postrouting100 prerouting-110 prerouting0 input0",
    ],
    [
      "of a connection to another node that is translated to this one",
      { ...fromOutside, conntrack: { ...established, endpoint: { address: node, port: 1 } } },
      "prerouting-110 prerouting0 input0",
    ],
    ["of a connection", { ...fromNode, conntrack: established }, "output0 postrouting0"],
    [
      "untracked",
      { ...fromOutside, conntrack: { kind: "untracked" } },
      "prerouting-110 prerouting0 forward0 postrouting0",
    ],
    ["invalid", { ...fromOutside, conntrack: { kind: "invalid" } }, "prerouting-110 prerouting0 forward0 postrouting0"],
  ];
  test.each(rows)("%s", (_, packet, met) => {
    const [outcome] = evaluator(table([], chains), new Set([node]))(packet);
    expect(outcome?.steps.map((step) => step.chain.name).join(" ")).toBe(met);
  });
});

describe("verdicts", () => {
  const [jumpA, gotoA, gotoB] = [go("jump", "a"), go("goto", "a"), go("goto", "b")];
  const rows: readonly (readonly [string, readonly Rule[], readonly Rule[], readonly Rule[], string])[] = [
    ["a chain that was jumped to comes back", [[jumpA], [drop]], [[mark]], [], "base:0 a:0 base:1 dropped"],
    [
      "a chain that was gone to comes back to before",
      [[jumpA], [drop]],
      [[gotoB], [drop]],
      [[mark]],
      "base:0 a:0 b:0 base:1 dropped",
    ],
    ["a base chain that went to another is at its end", [[gotoA], [drop]], [[mark]], [], "base:0 a:0 accepted"],
    ["return comes back", [[jumpA], [drop]], [[{ kind: "return" }], [drop]], [], "base:0 a:0 base:1 dropped"],
    ["accept ends the base chain", [[jumpA], [drop]], [[{ kind: "accept" }]], [], "base:0 a:0 accepted"],
    [
      "a rule that does not match is left",
      [[{ kind: "l4proto", protocol: "udp" }, jumpA], [mark]],
      [],
      [],
      "base:1 accepted",
    ],
  ];
  test.each(rows)("%s", (_, baseRules, a, b, met) => {
    const chains = [{ ...chain("base", ...baseRules), hook: filter }, chain("a", ...a), chain("b", ...b)];
    const [outcome] = evaluator(table([], chains), new Set())(fromOutside);
    const steps = outcome?.steps.map((step) => `${step.chain.name}:${step.index}`) ?? [];
    expect([...steps, outcome?.result.kind].join(" ")).toBe(met);
  });

  test("a later base chain can still drop accepted packets", () => {
    const first = { ...chain("first", [{ kind: "accept" }]), hook: filter };
    const later: Chain = { ...chain("later", [drop]), hook: { ...filter, priority: 1 } };
    expect(outcomesOf(table([], [later, first]), fromOutside)).toEqual(["dropped"]);
  });

  test("what the kernel does not load is an error: a loop, a chain or a set that is not there", () => {
    const evaluate = (...rules: readonly Rule[]) =>
      outcomesOf(
        table([], [{ ...chain("base", ...rules), hook: filter }, chain("a", [gotoB]), chain("b", [gotoA])]),
        fromOutside,
      );
    expect(() => evaluate([gotoA])).toThrow("leads to chain");
    expect(() => evaluate([go("jump", "none")])).toThrow("leads to chain none from base");
    expect(() => evaluate([{ kind: "member", key: [{ kind: "saddr" }], set: "none" }])).toThrow("no set none");
  });
});

describe("a reject packet passes the rules like a packet of this node", () => {
  const refuse: Statement = { kind: "reject", with: "tcp reset" };
  const noRequest: Statement = { kind: "member", key: [{ kind: "dport" }], not: true, set: "ports" };
  const endpoints: readonly Element[] = [
    { key: [0], value: [pod, 8080] },
    { key: [1], value: [node, 8080] },
  ];
  const sets = [map("endpoints", endpoints), map("ports", [{ key: [80] }, { key: [8080] }])];
  const chains = (hook: Hook["hook"], ...last: Rule): readonly Chain[] => [
    { ...chain("nat", [dnat([{ kind: "numgenRandom", modulus: 1, offset: hook === "input" ? 1 : 0 }])]), hook: nat },
    { ...chain("refuse", [{ kind: "ctState", state: "new" }, refuse]), hook: { ...filter, hook } },
    { ...chain("last", last), hook: { type: "nat", hook: "postrouting", priority: 100 } },
  ];
  const rows: readonly (readonly [string, readonly Chain[], Packet, string])[] = [
    [
      "it gets through",
      chains("forward", { kind: "ctState", state: "new" }, drop),
      fromOutside,
      "rejected with tcp reset",
    ],
    ["it is dropped", chains("forward", { kind: "ctStatus", status: "dnat" }, drop), fromOutside, "dropped"],
    ["it comes from another address", chains("forward", { kind: "masquerade" }), fromOutside, "dropped"],
    ["its NAT is still to do", chains("input", noRequest, drop), fromOutside, "dropped"],
    ["its NAT is done", chains("input", noRequest, drop), { ...fromNode, daddr: node }, "rejected with tcp reset"],
  ];
  test.each(rows)("%s", (_, chains, packet, outcome) => {
    expect(outcomesOf(table(sets, chains), packet)).toEqual([outcome]);
  });
});

describe("random numbers", () => {
  const balance = (...moduli: readonly number[]): Chain => ({
    ...chain("base", ...moduli.map((modulus): Rule => [dnat([{ kind: "numgenRandom", modulus, offset: 10 }])])),
    hook: nat,
  });
  const [a, b, c] = ["10.244.0.1", "10.244.0.2", "10.244.0.3"];
  const rows: readonly (readonly [string, readonly (string | undefined)[], readonly number[], readonly string[]])[] = [
    ["each slot has the same share", [a, b, c], [3, 1], [`1/3 ${a}:80`, `1/3 ${b}:80`, `1/3 ${c}:80`]],
    ["a weight is a slot more", [a, a, b], [3], [`2/3 ${a}:80`, `1/3 ${b}:80`]],
    ["who misses tries the next rule", [a, b, undefined], [3, 1], [`2/3 ${a}:80`, `1/3 ${b}:80`]],
    ["who misses for good is left alone", [undefined, b, c], [3, 1], [`1/3 accepted`, `1/3 ${b}:80`, `1/3 ${c}:80`]],
    ["each try is a new number", [a, undefined, undefined], [3, 3, 3], [`19/27 ${a}:80`, "8/27 accepted"]],
  ];
  test.each(rows)("%s", (_, slots, moduli, outcomes) => {
    const elements = slots.flatMap((endpoint, slot) =>
      endpoint === undefined ? [] : [{ key: [10 + slot], value: [endpoint] }],
    );
    expect(outcomesOf(table([map("endpoints", elements)], [balance(...moduli)]), fromOutside)).toEqual(outcomes);
  });

  test("one lookup can be missed", () => {
    const endpoints = map("endpoints", [{ key: [10], value: ["10.244.0.1"] }]);
    const miss = (index: number) => ({ isMissed: (lookup: { readonly index: number }) => lookup.index === index });
    const evaluate = (moduli: readonly number[], index: number) =>
      outcomesOf(table([endpoints], [balance(...moduli)]), fromOutside, miss(index));
    expect(evaluate([1, 1], 0)).toEqual(["10.244.0.1:80"]);
    expect(evaluate([1], 0)).toEqual(["accepted"]);
  });
});

test("dynamic maps: who is remembered goes where he went, until he is forgotten", () => {
  const clientKey: Key = [{ kind: "saddr" }, { kind: "ctOriginalDaddr" }, { kind: "ctOriginalDport" }];
  const entry = { map: "clients", key: clientKey, value: [{ kind: "daddr" }, { kind: "dport" }] } as const;
  const last = (statement: Statement): Chain => ({
    ...chain("last", [{ kind: "ctStatus", status: "dnat" }, statement]),
    hook: { ...filter, hook: "postrouting" },
  });
  const tableWith = (statement: Statement) =>
    table(
      [
        map("endpoints", [
          { key: [0], value: ["10.244.0.1", 8080] },
          { key: [1], value: ["10.244.0.2", 8080] },
        ]),
        { ...map("clients", []), flag: "dynamic" },
      ],
      [
        {
          ...chain(
            "base",
            [dnat([{ kind: "saddr" }, { kind: "daddr" }, port], "clients")],
            [dnat([{ kind: "numgenRandom", modulus: 2, offset: 0 }])],
          ),
          hook: nat,
        },
        last(statement),
      ],
    );
  const remembering = tableWith({ kind: "update", ...entry, timeoutSeconds: 60 });
  const [first] = evaluator(remembering, new Set())(fromOutside);
  const key = [fromOutside.saddr, clusterIP, 80];
  expect(first?.effects).toEqual([
    { kind: "update", map: "clients", key, value: ["10.244.0.1", 8080], timeoutSeconds: 60 },
  ]);
  const maps = mapsAfter(new Map(), first?.effects ?? []);
  expect(outcomesOf(remembering, fromOutside, { maps })).toEqual(["10.244.0.1:8080"]);
  const [second] = evaluator(tableWith({ kind: "delete", ...entry }), new Set())(fromOutside, { maps });
  expect(second?.effects).toEqual([{ kind: "delete", map: "clients", key }]);
  expect(outcomesOf(remembering, fromOutside, { maps: mapsAfter(maps, second?.effects ?? []) })).toHaveLength(2);
});

test("updating an existing entry does not change its value", () => {
  const update = (endpoint: string) =>
    ({ kind: "update", map: "clients", key: ["192.0.2.1"], value: [endpoint, 80], timeoutSeconds: 60 }) as const;
  const maps = mapsAfter(new Map(), [update("10.244.0.1"), update("10.244.0.2")]);
  expect(maps.get("clients")?.get("192.0.2.1")).toEqual(["10.244.0.1", 80]);
});

/** Base chains of a hook, named after it and their priority; of them, 100 and -100 are for NAT. */
function base(hook: Hook["hook"], ...priorities: readonly number[]): readonly Chain[] {
  return priorities.map((priority) => ({
    name: `${hook}${priority}`,
    hook: { type: Math.abs(priority) === 100 ? "nat" : "filter", hook, priority },
    rules: [[mark]],
  }));
}

function go(kind: "jump" | "goto", chain: string): Statement {
  return { kind, chain };
}

function dnat(key: Key, map = "endpoints"): Statement {
  return { kind: "dnat", key, map };
}

function map(name: string, elements: readonly Element[]): NamedSet {
  return { name, key: [], value: [], elements };
}

import { expect, test } from "@jest/globals";
import { prune, usedSets } from "../../../../src/compile/lower/nftables/prune.ts";
import type { Rule, Statement } from "../../../../src/nft/rule.ts";
import type { Chain, Hook } from "../../../../src/nft/ruleset.ts";

const hook: Hook = { type: "filter", hook: "forward", priority: 0 };
const drop: Statement = { kind: "drop" };
const jump = (chain: string): Statement => ({ kind: "jump", chain });
const goTo = (chain: string): Statement => ({ kind: "goto", chain });
const member = (set: string, not = false): Statement => ({ kind: "member", key: [{ kind: "saddr" }], not, set });
const vmap = (map: string): Statement => ({ kind: "vmap", key: [{ kind: "daddr" }], map });
const dnat = (map: string): Statement => ({ kind: "dnat", key: [{ kind: "daddr" }], map });

function base(...rules: readonly Rule[]): Chain {
  return { name: "base", hook, rules };
}

function chain(name: string, ...rules: readonly Rule[]): Chain {
  return { name, rules };
}

/** The chains that are left, with how many rules each. */
function left(chains: readonly Chain[], filled: Readonly<Record<string, readonly string[]>> = {}): readonly string[] {
  return prune(chains, new Map(Object.entries(filled))).map(({ name, rules }) => `${name} ${rules.length}`);
}

test.each<[string, readonly Chain[], Readonly<Record<string, readonly string[]>>, readonly string[]]>([
  ["a rule for an empty set goes", [base([member("s"), drop], [drop])], {}, ["base 1"]],
  ["a rule for a filled set stays", [base([member("s"), drop])], { s: [] }, ["base 1"]],
  ["one for what is not in an empty set stays", [base([member("s", true), drop])], {}, ["base 1"]],
  ["so do endpoints' maps", [base([dnat("m")], [dnat("n")])], { n: [] }, ["base 1"]],
  ["a chain without rules goes, with its hook", [base([member("s"), drop])], {}, []],
  [
    "with what jumped to it",
    [base([jump("c")], [drop]), chain("c", [jump("d")]), chain("d", [member("s"), drop])],
    {},
    ["base 1"],
  ],
  ["a chain that nobody jumps to goes", [base([drop]), chain("c", [drop])], {}, ["base 1"]],
  [
    "a chain that only such a one jumps to goes",
    [base([drop]), chain("c", [goTo("d")]), chain("d", [drop])],
    {},
    ["base 1"],
  ],
  ["a chain that verdicts lead to stays", [base([vmap("m")]), chain("c", [drop])], { m: ["c"] }, ["base 1", "c 1"]],
  ["not if no rule looks the verdicts up", [base([drop]), chain("c", [drop])], { m: ["c"] }, ["base 1"]],
  ["a chain without hook and jump is nothing", [chain("c", [drop])], {}, []],
  [
    "chains that jump to one another go together",
    [base([drop]), chain("c", [jump("d")]), chain("d", [jump("c")])],
    {},
    ["base 1"],
  ],
  [
    "order stays",
    [base([jump("z")], [jump("a")]), chain("z", [drop]), chain("a", [drop])],
    {},
    ["base 2", "z 1", "a 1"],
  ],
])("%s", (_, chains, filled, expected) => {
  expect(left(chains, filled)).toEqual(expected);
});

test("a chain that needs no change is the same value, which makes it cheap to compare", () => {
  const chains = [base([member("s"), drop]), chain("unused", [drop])];
  expect(prune(chains, new Map([["s", []]]))[0]).toBe(chains[0]);
});

test("pruning twice is pruning once", () => {
  const chains = [base([jump("c")], [vmap("m")]), chain("c", [member("s"), drop]), chain("d", [jump("c")], [drop])];
  const filled = new Map([["m", ["d"]]]);
  const once = prune(chains, filled);
  expect(prune(once, filled)).toEqual(once);
});

test("the sets that rules name are found in every kind of statement", () => {
  const key = [{ kind: "daddr" as const }];
  const update: Statement = { kind: "update", map: "u", key, value: key };
  const rules: readonly Rule[] = [
    [member("s"), vmap("m")],
    [dnat("n")],
    [update],
    [{ ...update, kind: "delete", map: "d" }],
  ];
  expect([...usedSets([base(...rules)])].sort()).toEqual(["d", "m", "n", "s", "u"]);
});

import { printTuple } from "../print-set.ts";
import type { LookupStatement, Statement } from "../rule.ts";
import type { Element, Table } from "../ruleset.ts";
import { type Fraction, fraction, times } from "./fraction.ts";
import { drawCount, keyOf } from "./key.ts";
import { memoized } from "./memoized.ts";
import type { DynamicMaps, Found } from "./outcome.ts";
import { setIndex } from "./set-index.ts";
import type { Walk } from "./walk.ts";

export type Given = {
  /** What the dynamic maps hold, which never are full; by default nothing. */
  readonly maps?: DynamicMaps;
  /** Has a lookup miss an element that is there, as may happen while a transaction is under way. */
  readonly isMissed?: (lookup: Lookup) => boolean;
};

/** The rule of this index in a chain finds an element. */
export type Lookup = Found & { readonly chain: string; readonly index: number };

/**
 * What a statement finds in its set, or, if it is to change the set, the element that it names. `no key`: the packet
 * lacks a part of the key, for which the kernel leaves the rule.
 */
export type Met = Element | "nothing" | "no key";

/** Looks up the key of a statement in one of its draws. */
export type Find = (walk: Walk, statement: LookupStatement, draw: number) => Met;

/** Looks into a table's sets, of which each gets its index when it is first looked into. */
export function finder(table: Table): (given: Given) => Find {
  const indexOf = memoized((name: string) => {
    const set = table.sets.get(name);
    if (set === undefined) throw new Error(`there is no set ${name}`);
    return setIndex(set);
  });
  return ({ maps, isMissed }) =>
    (walk, statement, draw) => {
      const key = keyOf(statement.key, walk, draw);
      if (key === undefined) return "no key";
      if (statement.kind === "update" || statement.kind === "delete" || statement.kind === "count") return { key };
      const set = statement.kind === "member" ? statement.set : statement.map;
      const value = maps?.get(set)?.get(printTuple(key));
      const element = value === undefined ? indexOf(set)(key) : { key, value };
      if (element === undefined) return "nothing";
      return isMissed?.({ chain: walk.chain.name, index: walk.rule, set, element }) ? "nothing" : element;
    };
}

/** All that a statement may meet, by chance. */
export function chances(
  walk: Walk,
  statement: LookupStatement,
  find: Find,
): readonly { readonly met: Met; readonly probability: Fraction }[] {
  const draws = drawCount(statement.key);
  const counts = new Map<Met, number>();
  for (let draw = 0; draw < draws; draw++) {
    const met = find(walk, statement, draw);
    counts.set(met, (counts.get(met) ?? 0) + 1);
  }
  const probability = memoized((count: number) => times(walk.probability, fraction(count, draws)));
  return [...counts].map(([met, count]) => ({ met, probability: probability(count) }));
}

export function looksUp(statement: Statement): statement is LookupStatement {
  return "key" in statement;
}

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
  /** The contents of the dynamic maps, which are never full; by default empty. */
  readonly maps?: DynamicMaps;
  /** Makes a lookup miss an existing element, as may happen during a transaction. */
  readonly isMissed?: (lookup: Lookup) => boolean;
};

/** Called when the rule with this index in a chain finds an element. */
export type Lookup = Found & { readonly chain: string; readonly index: number };

/**
 * The element that a statement finds in its set, or that it changes. `no key`: the packet lacks a part of the key, and the
 * kernel skips the rest of the rule.
 */
export type Met = Element | "nothing" | "no key";

/** Looks up the key of a statement in one of its draws. */
export type Find = (walk: Walk, statement: LookupStatement, draw: number) => Met;

/** Looks into a table's sets. Each gets its index at the first lookup. */
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

/** All possible results of a statement. */
export function chances(
  walk: Walk,
  statement: LookupStatement,
  find: Find,
): readonly { readonly met: Met; readonly probability: Fraction }[] {
  const draws = drawCount(statement.key, walk);
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

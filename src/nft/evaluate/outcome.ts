import { printTuple } from "../print-set.ts";
import type { Rule } from "../rule.ts";
import type { Chain, Element, ElementTuple } from "../ruleset.ts";
import { type Fraction, plus } from "./fraction.ts";
import type { Endpoint } from "./packet.ts";

/** One possible result for a packet, and how it came about. */
export type Outcome = {
  readonly result: Result;
  readonly probability: Fraction;
  /** The rules that matched, in order. */
  readonly steps: readonly Step[];
  /** The packet's changes of dynamic maps and sets. */
  readonly effects: readonly Effect[];
};

export type Result =
  /** `endpoint`: the translated destination; undefined if the rules left it alone. */
  | { readonly kind: "accepted"; readonly endpoint: Endpoint | undefined; readonly isMasqueraded: boolean }
  | Refusal
  | { readonly kind: "dropped" };

export type Refusal = { readonly kind: "rejected"; readonly with: "tcp reset" | "port unreachable" };

/** A rule whose matches were all true, or that ended with the verdict of an element. */
export type Step = {
  readonly chain: Chain;
  /** The rule's place in the chain. */
  readonly index: number;
  readonly rule: Rule;
  /** The elements that its lookups found. */
  readonly found: readonly Found[];
};

export type Found = { readonly set: string; readonly element: Element };

export type Effect =
  | {
      readonly kind: "update";
      readonly map: string;
      readonly key: ElementTuple;
      readonly value: ElementTuple;
      readonly timeoutSeconds: number | undefined;
    }
  | { readonly kind: "delete"; readonly map: string; readonly key: ElementTuple }
  | { readonly kind: "count"; readonly set: string; readonly key: ElementTuple };

/** The contents of dynamic maps: for each map, the values by `printTuple` of their keys. */
export type DynamicMaps = ReadonlyMap<string, ReadonlyMap<string, ElementTuple>>;

/** What the dynamic maps hold after a packet. An update renews an entry that exists; it does not change its value. */
export function mapsAfter(maps: DynamicMaps, effects: readonly Effect[]): DynamicMaps {
  const after = new Map([...maps].map(([name, entries]) => [name, new Map(entries)]));
  for (const effect of effects) {
    if (effect.kind === "count") continue;
    const entries = after.get(effect.map) ?? new Map<string, ElementTuple>();
    after.set(effect.map, entries);
    const key = printTuple(effect.key);
    if (effect.kind === "delete") entries.delete(key);
    else if (!entries.has(key)) entries.set(key, effect.value);
  }
  return after;
}

export type Possibility = { readonly result: Result; readonly probability: Fraction };

/** Each result once, with the total probability of its outcomes, in the order of the outcomes. */
export function possibilities(outcomes: readonly Outcome[]): readonly Possibility[] {
  const byResult = new Map<string, Possibility>();
  for (const { result, probability } of outcomes) {
    const key = JSON.stringify(result);
    const same = byResult.get(key);
    byResult.set(key, { result, probability: same ? plus(same.probability, probability) : probability });
  }
  return [...byResult.values()];
}

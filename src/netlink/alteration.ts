import { printTuple } from "../nft/print-set.ts";
import type { Element } from "../nft/ruleset.ts";
import type { Transaction } from "../nft/transaction.ts";

/** What changed in a table. */
export type Alteration = {
  /** The elements that were added and deleted, in order. */
  readonly elements: readonly ElementEvent[];
  /** The sets of which this is not all: they were added or deleted themselves, or had too many events. */
  readonly sets: ReadonlySet<string> | "all";
  /** Whether more changed: rules, chains, or the table itself. */
  readonly structure: boolean;
};

export type ElementEvent = { readonly set: string; readonly element: Element; readonly isThere: boolean };

export const noAlteration: Alteration = { elements: [], sets: new Set(), structure: false };
export const anyAlteration: Alteration = { elements: [], sets: "all", structure: true };

export function isNothing({ elements, sets, structure }: Alteration): boolean {
  return elements.length === 0 && sets !== "all" && sets.size === 0 && !structure;
}

/** An alteration followed by another. */
export function together(first: Alteration, second: Alteration): Alteration {
  const elements = [...first.elements, ...second.elements];
  const structure = first.structure || second.structure;
  if (first.sets === "all" || second.sets === "all") return { elements: [], sets: "all", structure };
  const sets = new Set([...first.sets, ...second.sets]);
  if (elements.length <= mostEvents) return { elements, sets, structure };
  return { elements: [], sets: new Set([...sets, ...elements.map(({ set }) => set)]), structure };
}

/** What is left of an alteration after a transaction: the elements that the transaction wrote are no longer altered. */
export function beneath(alteration: Alteration, { commands }: Transaction): Alteration {
  if (isNothing(alteration)) return alteration;
  if (commands.some(({ kind }) => kind === "deleteTable")) return noAlteration;
  const touched = new Set(alteration.elements.map(({ set }) => set));
  if (touched.size === 0) return alteration;
  const written = new Set<string>();
  const emptied = new Set<string>();
  for (const command of commands) {
    if (!("set" in command) || !touched.has(command.set.name)) continue;
    if (command.kind === "flushSet" || command.kind === "deleteSet") emptied.add(command.set.name);
    else if ("elements" in command)
      for (const { key } of command.elements) written.add(`${command.set.name} ${printTuple(key)}`);
  }
  const elements = alteration.elements.filter(
    ({ set, element }) => !emptied.has(set) && !written.has(`${set} ${printTuple(element.key)}`),
  );
  return { ...alteration, elements };
}

/** More than this costs about as much as reading the sets. */
export const mostEvents = 2000;

import type { Family } from "../model/address.ts";
import { printHook, printRule, printVerdict } from "./print-rule.ts";
import { printTuple, setDeclaration, verdictComment } from "./print-set.ts";
import type { Chain, Element, NamedSet, Table } from "./ruleset.ts";

/** Commands that the kernel applies together or not at all. */
export type Transaction = { readonly family: Family; readonly commands: readonly Command[] };

/** The commands of nft(8) that change a table. */
export type Command =
  | { readonly kind: "addTable" | "deleteTable" }
  | { readonly kind: "addSet" | "flushSet" | "deleteSet"; readonly set: NamedSet }
  | { readonly kind: "addChain" | "flushChain" | "deleteChain" | "addRules"; readonly chain: Chain }
  | { readonly kind: "addElements" | "deleteElements"; readonly set: NamedSet; readonly elements: readonly Element[] };

/**
 * The transaction that turns a table into another, in place: what is equal is not touched, and a dynamic map keeps what
 * packets put into it. Undefined stands for no table. No command of it can fail if the kernel holds `applied`.
 *
 * If the type of a set or the hook of a chain differs, the whole table is replaced, as these cannot be changed.
 */
export function diffTables(applied: Table | undefined, wanted: Table): Transaction {
  const desired = withSparesOf(wanted, applied);
  const { family } = desired;
  const isReplaced = applied !== undefined && !hasLayoutOf(applied, desired);
  const replace: readonly Command[] = [{ kind: "addTable" }, { kind: "deleteTable" }, { kind: "addTable" }];
  const first = applied === undefined ? replace.slice(0, 1) : isReplaced ? replace : [];
  const present = applied === undefined || isReplaced ? emptyTable(family) : applied;
  return changeTable(present, desired, elementChanges(present, desired), first);
}

/** A table including those of its spare chains that another table has. */
function withSparesOf(table: Table, other: Table | undefined): Table {
  const kept = [...(table.spares ?? [])].filter(([name]) => other?.chains.has(name));
  return kept.length === 0 ? table : { ...table, chains: new Map([...table.chains, ...kept]) };
}

/** A table including all of its spare chains. */
export function withSpares({ spares, chains, ...table }: Table): Table {
  return { ...table, chains: new Map([...chains, ...(spares ?? [])]) };
}

/** The elements of a set to remove and to add. One whose value changes is in both, as adding over it would fail. */
export type ElementChange = { readonly removed: readonly Element[]; readonly added: readonly Element[] };

/**
 * The transaction from one table to another with the same layout, if the changed elements are known: those in the tables
 * are ignored.
 *
 * Each command comes after those that it depends on: a chain before what jumps to it, the other way round for deletions.
 */
export function changeTable(
  applied: Table,
  desired: Table,
  elements: ReadonlyMap<string, ElementChange>,
  first: readonly Command[] = [],
): Transaction {
  const { family } = desired;
  const absent = <T extends { readonly name: string }>(
    from: ReadonlyMap<string, T>,
    others: ReadonlyMap<string, T>,
  ): readonly T[] => (from === others ? [] : [...from.values()].filter(({ name }) => !others.has(name)));
  const newSets = absent(desired.sets, applied.sets);
  const oldSets = absent(applied.sets, desired.sets);
  const newChains = absent(desired.chains, applied.chains);
  const oldChains = absent(applied.chains, desired.chains);
  const changedChains = [...desired.chains.values()].filter((chain) => {
    const existing = applied.chains.get(chain.name);
    return existing !== undefined && !haveSameRules(family, existing, chain);
  });
  const elementCommands = (kind: "addElements" | "deleteElements", side: keyof ElementChange): readonly Command[] =>
    [...desired.sets.values()].flatMap((set) => {
      const changed = elements.get(set.name)?.[side] ?? [];
      return changed.length === 0 ? [] : [{ kind, set, elements: changed }];
    });
  const commands: readonly Command[] = [
    ...first,
    ...newSets.map((set) => ({ kind: "addSet", set }) as const),
    ...newChains.map((chain) => ({ kind: "addChain", chain }) as const),
    ...[...changedChains, ...oldChains].map((chain) => ({ kind: "flushChain", chain }) as const),
    ...elementCommands("deleteElements", "removed"),
    ...oldSets.map((set) => ({ kind: "flushSet", set }) as const),
    ...elementCommands("addElements", "added"),
    ...[...newChains, ...changedChains].map((chain) => ({ kind: "addRules", chain }) as const),
    ...oldSets.map((set) => ({ kind: "deleteSet", set }) as const),
    ...oldChains.map((chain) => ({ kind: "deleteChain", chain }) as const),
  ];
  return { family, commands };
}

/** What is known about a table in the kernel: its chains, without their rules, and its sets. */
export type KnownTable = Table & {
  /** The names of sets whose elements are not known. */
  readonly unread: ReadonlySet<string>;
};

/**
 * The transaction that turns a table, of which only this is known, into another in place. All rules are rewritten, and so
 * are the elements of sets that were not read, except those that packets added to dynamic maps.
 *
 * A layout that does not fit is replaced as a whole, as in `diffTables`.
 */
export function restoreTable(present: KnownTable | undefined, wanted: Table): Transaction {
  const desired = withSparesOf(wanted, present);
  if (present === undefined || !hasLayoutOf(present, desired)) return diffTables(present, desired);
  const flushed = [...present.sets.values()].filter(
    ({ name, flag }) => present.unread.has(name) && desired.sets.has(name) && flag !== "dynamic",
  );
  const flushes = flushed.map((set) => ({ kind: "flushSet", set }) as const);
  return changeTable(present, desired, elementChanges(present, desired), flushes);
}

/** The most elements that `restoreTable` can change: all that are not the same objects in both. */
export function mostChanges(present: KnownTable, desired: Table): number {
  let count = 0;
  for (const { name, elements } of desired.sets.values()) {
    const rest = new Set(present.sets.get(name)?.elements);
    for (const element of elements) if (!rest.delete(element)) count += 1;
    count += rest.size;
  }
  return count;
}

/** The transaction from one table to another that has the same elements in the sets of both. */
export function diffStructure(applied: Table, desired: Table): Transaction {
  return changeTable(applied, desired, new Map());
}

export function elementCount({ commands }: Transaction): number {
  return commands.reduce((count, command) => count + ("elements" in command ? command.elements.length : 0), 0);
}

export function emptyTable(family: Family): Table {
  return { family, sets: new Map(), chains: new Map() };
}

/** The elements in which the sets of two tables differ. */
function elementChanges(applied: Table, desired: Table): ReadonlyMap<string, ElementChange> {
  return new Map([...desired.sets.values()].map((set) => [set.name, elementChange(applied.sets.get(set.name), set)]));
}

function elementChange(applied: NamedSet | undefined, desired: NamedSet): ElementChange {
  if (applied === undefined || applied.elements.length === 0) return { removed: [], added: desired.elements };
  // Most are the same objects. Texts are only made of the rest.
  const rest = new Set(applied.elements);
  const unmet = desired.elements.filter((element) => !rest.delete(element));
  const before = new Map(Array.from(rest, (element) => [printTuple(element.key), element]));
  const added: Element[] = [];
  const removed: Element[] = [];
  for (const element of unmet) {
    const key = printTuple(element.key);
    const existing = before.get(key);
    before.delete(key);
    if (existing !== undefined && haveSameValue(desired, existing, element)) continue;
    if (existing !== undefined) removed.push(existing);
    added.push(element);
  }
  return { removed: [...removed, ...before.values()], added };
}

/** Whether two elements with the same key are equal. */
export function haveSameValue(set: Pick<NamedSet, "value">, a: Element, b: Element): boolean {
  return isSameValue(a.value, b.value) && verdictComment(set, a) === verdictComment(set, b);
}

/** It makes no texts, because a full sync compares all elements of a cluster. */
export function isSameValue(a: Element["value"], b: Element["value"]): boolean {
  if (a === undefined || b === undefined || a === b) return a === b;
  if ("kind" in a || "kind" in b) {
    return "kind" in a && "kind" in b && printVerdict(a) === printVerdict(b);
  }
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

function haveSameRules(family: Family, a: Chain, b: Chain): boolean {
  return a === b || printRules(family, a) === printRules(family, b);
}

function printRules(family: Family, chain: Chain): string {
  return chain.rules.map((rule) => printRule(family, rule)).join("\n");
}

/** Whether sets of the same name have the same type, and chains the same hook: otherwise a table cannot be changed in place. */
export function hasLayoutOf(applied: Table, desired: Table): boolean {
  const declaration = (set: NamedSet) => setDeclaration(desired.family, set).join("\n");
  const hook = ({ hook }: Chain) => (hook === undefined ? "" : printHook(hook));
  return (
    [...desired.sets.values()].every((set) => {
      const existing = applied.sets.get(set.name);
      return existing === undefined || declaration(existing) === declaration(set);
    }) &&
    [...desired.chains.values()].every((chain) => {
      const existing = applied.chains.get(chain.name);
      return existing === undefined || hook(existing) === hook(chain);
    })
  );
}

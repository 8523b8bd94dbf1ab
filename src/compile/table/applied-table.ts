import type { Family } from "../../model/address.ts";
import type { Element } from "../../nft/ruleset.ts";
import { changeTable, type ElementChange, type Transaction } from "../../nft/transaction.ts";
import type { ElementGroup } from "../lower/nftables/frontend-elements.ts";
import { type Structure, tableOf } from "../lower/nftables/structure.ts";
import { changedElements } from "./changed-elements.ts";
import { ElementDelta } from "./element-delta.ts";

/** An element of a set that another program has added or deleted. */
export type SeenElement = { readonly set: string; readonly element: Element; readonly isThere: boolean };

type Elements = ReadonlyMap<string, readonly Element[]>;

/** A table as the kernel has it: as it was last committed, with the elements that have changed since. */
export class AppliedTable {
  readonly #family: Family;
  #structure: Structure = { sets: [], chains: [], spares: new Set() };
  #sets: ReadonlySet<string> = new Set();
  #delta = new ElementDelta();

  constructor(family: Family) {
    this.#family = family;
  }

  get structure(): Structure {
    return this.#structure;
  }

  /** Adds or removes elements, to be written with the next transaction; a set that the kernel lacks is written as a whole. */
  count(set: string, elements: readonly Element[], by: 1 | -1): void {
    if (!this.#sets.has(set)) return;
    for (const element of elements) {
      if (by > 0) this.#delta.add(set, element);
      else this.#delta.remove(set, element);
    }
  }

  /** Replaces elements by others. What is equal in both costs little. */
  replace(old: readonly ElementGroup[], current: readonly ElementGroup[]): void {
    // Before the first commit, there are no sets, and each Service of a cluster comes.
    if (this.#sets.size === 0) return;
    const [before, after] = [this.#elementsOf(old), this.#elementsOf(current)];
    for (const set of new Set([...before.keys(), ...after.keys()])) {
      const { removed, added } = changedElements(before.get(set) ?? [], after.get(set) ?? []);
      for (const element of removed) this.#delta.remove(set, element);
      for (const element of added) this.#delta.add(set, element);
    }
  }

  /** Records an element that another program changed: the next transaction restores it. */
  observe({ set, element, isThere }: SeenElement, desired: () => Element | undefined): void {
    if (this.#sets.has(set)) this.#delta.observe(set, element, isThere, desired);
  }

  /** The elements of each set in the kernel, according to what was committed and observed. */
  elements(desired: Elements): Elements {
    return new Map(Array.from(this.#sets, (set) => [set, this.#delta.undo(set, desired.get(set) ?? [])]));
  }

  /** The transaction to another structure, and to the desired elements, which are asked for if a set is new. */
  transaction(next: Structure, desired: () => Elements): Transaction {
    const isNew = ({ name }: Structure["sets"][number]) => !this.#sets.has(name);
    const all = next.sets.some(isNew) ? desired() : undefined;
    const changes = next.sets.map((set): readonly [string, ElementChange] => [
      set.name,
      isNew(set) ? { removed: [], added: all?.get(set.name) ?? [] } : this.#delta.changeOf(set),
    ]);
    return this.#change(next, new Map(changes));
  }

  /** The transaction to another structure that leaves the elements of all sets as they are. */
  tidying(next: Structure): Transaction {
    return this.#change(next, new Map());
  }

  /** The kernel has this structure, and the desired elements. */
  commit(structure: Structure): void {
    this.#structure = structure;
    this.#sets = new Set(structure.sets.map(({ name }) => name));
    this.#delta = new ElementDelta();
  }

  #elementsOf(groups: readonly ElementGroup[]): ReadonlyMap<string, readonly Element[]> {
    const known = groups.filter(({ set }) => this.#sets.has(set));
    const bySet = Map.groupBy(known, ({ set }) => set);
    return new Map(Array.from(bySet, ([set, own]) => [set, own.flatMap(({ elements }) => elements())]));
  }

  #change(next: Structure, changes: ReadonlyMap<string, ElementChange>): Transaction {
    const before = tableOf(this.#family, this.#structure);
    return changeTable(before, next === this.#structure ? before : tableOf(this.#family, next), changes);
  }
}

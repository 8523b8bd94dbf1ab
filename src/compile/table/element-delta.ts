import { printTuple } from "../../nft/print-set.ts";
import type { Element } from "../../nft/ruleset.ts";
import { type ElementChange, haveSameValue } from "../../nft/transaction.ts";
import type { SetDeclaration } from "../lower/nftables/sets.ts";

type Change = { before: Element | undefined; after: Element | undefined };

/** The elements to add and remove: what has changed since the last transaction, and what others have changed. */
export class ElementDelta {
  readonly #sets = new Map<string, Map<string, Change>>();

  /** Removes an element that exists, according to the last commit and the changes since. */
  remove(set: string, element: Element): void {
    const { changes, key, change } = this.#find(set, element);
    if (change === undefined) changes.set(key, { before: element, after: undefined });
    else if (change.before === undefined) changes.delete(key);
    else change.after = undefined;
  }

  /** Adds an element whose key does not exist. */
  add(set: string, element: Element): void {
    const { changes, key, change } = this.#find(set, element);
    if (change === undefined) changes.set(key, { before: undefined, after: element });
    else change.after = element;
  }

  /** Records what the kernel has for a key, whatever was committed; `desired` is what it should have. */
  observe(set: string, seen: Element, isThere: boolean, desired: () => Element | undefined): void {
    const { changes, key, change } = this.#find(set, seen);
    const before = isThere ? seen : undefined;
    if (change === undefined) changes.set(key, { before, after: desired() });
    else change.before = before;
  }

  /** What to remove from a set and add to it; an element whose value changes is in both. */
  changeOf(set: SetDeclaration): ElementChange {
    const removed: Element[] = [];
    const added: Element[] = [];
    for (const { before, after } of this.#sets.get(set.name)?.values() ?? []) {
      if (before !== undefined && after !== undefined && haveSameValue(set, before, after)) continue;
      if (before !== undefined) removed.push(before);
      if (after !== undefined) added.push(after);
    }
    return { removed, added };
  }

  /** The contents of a set before these changes, given the contents after them. */
  undo(set: string, desired: readonly Element[]): readonly Element[] {
    const changes = this.#sets.get(set);
    if (changes === undefined) return desired;
    const kept = desired.filter(({ key }) => !changes.has(printTuple(key)));
    for (const { before } of changes.values()) if (before !== undefined) kept.push(before);
    return kept;
  }

  #find(set: string, element: Element) {
    const changes = this.#sets.get(set) ?? new Map<string, Change>();
    this.#sets.set(set, changes);
    const key = printTuple(element.key);
    return { changes, key, change: changes.get(key) };
  }
}

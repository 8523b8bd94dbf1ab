import { printTuple } from "../../nft/print-set.ts";
import type { Element } from "../../nft/ruleset.ts";
import { type ElementChange, haveSameValue } from "../../nft/transaction.ts";
import type { SetDeclaration } from "../lower/sets.ts";

type Change = { before: Element | undefined; after: Element | undefined };

/** The elements that come and go: what has changed since the last transaction, and what others have changed. */
export class ElementDelta {
  readonly #sets = new Map<string, Map<string, Change>>();

  /** Takes an element out that is there, by what was last committed and what was changed since. */
  remove(set: string, element: Element): void {
    const { changes, key, change } = this.#find(set, element);
    if (change === undefined) changes.set(key, { before: element, after: undefined });
    else if (change.before === undefined) changes.delete(key);
    else change.after = undefined;
  }

  /** Puts an element in whose key is not there. */
  add(set: string, element: Element): void {
    const { changes, key, change } = this.#find(set, element);
    if (change === undefined) changes.set(key, { before: undefined, after: element });
    else change.after = element;
  }

  /** Takes what the kernel has for a key, whatever was committed; `desired` is what there is to be. */
  observe(set: string, seen: Element, isThere: boolean, desired: () => Element | undefined): void {
    const { changes, key, change } = this.#find(set, seen);
    const before = isThere ? seen : undefined;
    if (change === undefined) changes.set(key, { before, after: desired() });
    else change.before = before;
  }

  /** What is to be removed from a set and added to it; an element with another value is both. */
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

  /** What a set held before all this, given what it is to hold. */
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

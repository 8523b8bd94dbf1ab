import { printTuple } from "../../nft/print-set.ts";
import type { Element } from "../../nft/ruleset.ts";

type Change = { before: Element | undefined; after: Element | undefined };

/** The elements that are to come and go: what has changed since the last transaction, and what others have changed. */
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

  /** Of the elements that changed, those that there were. */
  before(): ReadonlyMap<string, readonly Element[]> {
    return this.#select(({ before }) => before);
  }

  /** Of the elements that changed, those that there are to be. */
  after(): ReadonlyMap<string, readonly Element[]> {
    return this.#select(({ after }) => after);
  }

  #find(set: string, element: Element) {
    const changes = this.#sets.get(set) ?? new Map<string, Change>();
    this.#sets.set(set, changes);
    const key = printTuple(element.key);
    return { changes, key, change: changes.get(key) };
  }

  #select(side: (change: Change) => Element | undefined): ReadonlyMap<string, readonly Element[]> {
    const selected = new Map<string, readonly Element[]>();
    for (const [set, changes] of this.#sets)
      selected.set(
        set,
        [...changes.values()].flatMap((change) => side(change) ?? []),
      );
    return selected;
  }
}

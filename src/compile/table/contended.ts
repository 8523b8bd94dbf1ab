import { Sorted } from "./sorted.ts";

/**
 * Who wants what, by its key, and who has it: the first of those who want it. What only one wants, as nearly all do, takes
 * no more than a place in a Map.
 */
export class Contended<Key, Item> {
  readonly #compare: (a: Item, b: Item) => number;
  readonly #owners = new Map<Key, Item>();
  /** Those who want what more than one wants. */
  readonly #contested = new Map<Key, Sorted<Item>>();

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare;
  }

  /** Whether anything has more than one who wants it. */
  get hasContests(): boolean {
    return this.#contested.size > 0;
  }

  owner(key: Key): Item | undefined {
    return this.#owners.get(key);
  }

  isContested(key: Key): boolean {
    return this.#contested.has(key);
  }

  add(key: Key, item: Item): void {
    const owner = this.#owners.get(key);
    if (owner === undefined) {
      this.#owners.set(key, item);
      return;
    }
    let sorted = this.#contested.get(key);
    if (sorted === undefined) {
      sorted = new Sorted(this.#compare);
      sorted.add(owner);
      this.#contested.set(key, sorted);
    }
    sorted.add(item);
    this.#owners.set(key, sorted.items[0] ?? item);
  }

  delete(key: Key, item: Item): void {
    const sorted = this.#contested.get(key);
    sorted?.delete(item);
    const [owner, ...others] = sorted?.items.slice(0, 2) ?? [];
    if (owner === undefined) this.#owners.delete(key);
    else this.#owners.set(key, owner);
    if (others.length === 0) this.#contested.delete(key);
  }
}

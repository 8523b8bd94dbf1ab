import { Sorted } from "./sorted.ts";

/**
 * The claimants of each thing, by its key, and its owner: the first of them. With only one claimant, as for nearly all, it
 * takes no more than an entry in a Map.
 */
export class Contended<Key, Item> {
  readonly #compare: (a: Item, b: Item) => number;
  readonly #owners = new Map<Key, Item>();
  /** The claimants of things that more than one claims. */
  readonly #contested = new Map<Key, Sorted<Item>>();

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare;
  }

  /** Whether anything has more than one claimant. */
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

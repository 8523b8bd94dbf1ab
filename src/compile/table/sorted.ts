/**
 * A sorted list; equal items stay in the order of arrival. A change costs a search, and a move within an array, which for
 * 10,000 items takes a microsecond.
 */
export class Sorted<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #items: T[] = [];

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  /** Returns its new index. */
  add(item: T): number {
    const place = this.#firstWhere((other) => this.#compare(other, item) > 0);
    this.#items.splice(place, 0, item);
    return place;
  }

  /** Returns its previous index. */
  delete(item: T): number {
    const place = this.#items.indexOf(
      item,
      this.#firstWhere((other) => this.#compare(other, item) >= 0),
    );
    if (place === -1) throw new Error("not among what is sorted");
    this.#items.splice(place, 1);
    return place;
  }

  /** The first index from which a condition holds. */
  #firstWhere(holds: (item: T) => boolean): number {
    let [low, high] = [0, this.#items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const item = this.#items[middle];
      if (item === undefined || holds(item)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

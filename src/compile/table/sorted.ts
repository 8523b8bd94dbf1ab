/**
 * Things in order; equal ones as they came. One that comes or goes costs a search, and a move within an array, which for
 * 10,000 things takes a microsecond.
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

  /** Returns the place that it has now. */
  add(item: T): number {
    const place = this.#firstWhere((other) => this.#compare(other, item) > 0);
    this.#items.splice(place, 0, item);
    return place;
  }

  /** Returns the place that it had. */
  delete(item: T): number {
    const place = this.#items.indexOf(
      item,
      this.#firstWhere((other) => this.#compare(other, item) >= 0),
    );
    if (place === -1) throw new Error("not among what is sorted");
    this.#items.splice(place, 1);
    return place;
  }

  /** The first place from which on something holds. */
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

/** Counts uses of things by name. */
export class UseCounts<Value> {
  readonly #uses = new Map<string, { value: Value; count: number }>();

  get size(): number {
    return this.#uses.size;
  }

  /** Adds or removes a use. Returns 1 for the first use, -1 for the end of the last, 0 otherwise. */
  count(name: string, value: Value, by: 1 | -1): 1 | 0 | -1 {
    const use = this.#uses.get(name);
    if (use === undefined) {
      if (by < 0) throw new Error(`${name} is not in use`);
      this.#uses.set(name, { value, count: 1 });
      return 1;
    }
    use.count += by;
    // The meaning of a name may depend on the settings: the latest one is kept.
    if (by > 0) use.value = value;
    if (use.count > 0) return 0;
    this.#uses.delete(name);
    return -1;
  }

  has(name: string): boolean {
    return this.#uses.has(name);
  }

  keys(): Iterable<string> {
    return this.#uses.keys();
  }

  *values(): Iterable<Value> {
    for (const { value } of this.#uses.values()) yield value;
  }
}

/** Counts uses of things by name. */
export class UseCounts<Value> {
  readonly #uses = new Map<string, { readonly value: Value; count: number }>();

  get size(): number {
    return this.#uses.size;
  }

  /** Adds a use or takes one away. Returns 1 for the first use, -1 for the end of the last, 0 otherwise. */
  count(name: string, value: Value, by: 1 | -1): 1 | 0 | -1 {
    const use = this.#uses.get(name);
    if (use === undefined) {
      if (by < 0) throw new Error(`${name} is not in use`);
      this.#uses.set(name, { value, count: 1 });
      return 1;
    }
    use.count += by;
    if (use.count > 0) return 0;
    this.#uses.delete(name);
    return -1;
  }

  get(name: string): Value | undefined {
    return this.#uses.get(name)?.value;
  }

  keys(): Iterable<string> {
    return this.#uses.keys();
  }

  entries(): ReadonlyMap<string, Value> {
    return new Map([...this.#uses].map(([name, { value }]) => [name, value]));
  }
}

/** The times of what waits for a round, in ascending order. */
export class Times {
  readonly #times: number[] = [];

  get count(): number {
    return this.#times.length;
  }

  get oldest(): number | undefined {
    return this.#times[0];
  }

  /** While no round succeeds, changes may come without end: of many, those are kept that wait longest. */
  add(time: number): void {
    if (this.#times.length < 65536) this.#times.push(time);
  }

  /** Takes those up to a time out. */
  dropUntil(last: number): void {
    const rest = this.#times.findIndex((time) => time > last);
    this.#times.splice(0, rest < 0 ? this.#times.length : rest);
  }
}

/** The times of changes that wait for a round, in ascending order. */
export class Times {
  readonly #times: number[] = [];

  get count(): number {
    return this.#times.length;
  }

  get oldest(): number | undefined {
    return this.#times[0];
  }

  /** While no round succeeds, changes may accumulate without end: above a limit, only the oldest are kept. */
  add(time: number): void {
    if (this.#times.length < 65536) this.#times.push(time);
  }

  /** Removes times up to this one. */
  dropUntil(last: number): void {
    const rest = this.#times.findIndex((time) => time > last);
    this.#times.splice(0, rest < 0 ? this.#times.length : rest);
  }
}

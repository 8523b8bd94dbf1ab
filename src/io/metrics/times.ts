/** The times of what waits for a round, in ascending order. */
export class Times {
  readonly #times: number[] = [];

  get count(): number {
    return this.#times.length;
  }

  get oldest(): number | undefined {
    return this.#times[0];
  }

  /** While no round succeeds, changes may accumulate without end: beyond a limit, only those that wait longest are kept. */
  add(time: number): void {
    if (this.#times.length < 65536) this.#times.push(time);
  }

  /** Removes those up to a time. */
  dropUntil(last: number): void {
    const rest = this.#times.findIndex((time) => time > last);
    this.#times.splice(0, rest < 0 ? this.#times.length : rest);
  }
}

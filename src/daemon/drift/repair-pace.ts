import type { Clock } from "../coalescer.ts";

/**
 * How soon a table is repaired that others have changed: ten times at once, and from then on every five seconds.
 *
 * Who changes it again and again, such as a second agent that takes our repairs for drift, must not make us write without
 * end.
 */
export class RepairPace {
  readonly #clock: Clock;
  #credit = burst;
  #at = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the next repair, and returns the milliseconds until it may be done. */
  next(): number {
    const now = this.#clock.now();
    this.#credit = Math.min(burst, this.#credit + (now - this.#at) / pause) - 1;
    this.#at = now;
    return this.#credit >= 0 ? 0 : Math.ceil(-this.#credit * pause);
  }
}

const burst = 10;
const pause = 5000;

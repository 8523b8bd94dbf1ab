import type { Clock } from "./coalescer.ts";

/** A rate limit: this many at once, and then one after each interval, in milliseconds. */
export type Pace = { readonly burst: number; readonly pauseMs: number };

/** Limits the rate of those who ask first. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #pace: Pace;
  #credit: number;
  #at = 0;

  constructor(clock: Clock, pace: Pace) {
    this.#clock = clock;
    this.#pace = pace;
    this.#credit = pace.burst;
  }

  /** Reserves the next time, and returns the milliseconds until then. */
  next(): number {
    this.#earn();
    this.#credit -= 1;
    return this.#credit >= 0 ? 0 : Math.ceil(-this.#credit * this.#pace.pauseMs);
  }

  /** Takes the next time if it is now. */
  takeNow(): boolean {
    this.#earn();
    if (this.#credit < 1) return false;
    this.#credit -= 1;
    return true;
  }

  #earn(): void {
    const { burst, pauseMs } = this.#pace;
    const now = this.#clock.now();
    this.#credit = Math.min(burst, this.#credit + (now - this.#at) / pauseMs);
    this.#at = now;
  }
}

import { setTimeout as sleep } from "node:timers/promises";

export type ReadingOptions = {
  /** Milliseconds. Scrapes in between get the last values. */
  readonly atMostEvery: number;
  readonly now: () => number;
  readonly onFailure: () => void;
};

/** The increase of a kernel count since it was last read: the count starts at 0 when an element is added again. */
export function gained(last: number, now: number): number {
  return now >= last ? now - last : now;
}

/** Reads the kernel's counters when scrapes need them. */
export class Reading {
  readonly #read: () => Promise<void>;
  readonly #options: ReadingOptions;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(read: () => Promise<void>, options: ReadingOptions) {
    this.#read = read;
    this.#options = options;
  }

  /** Resolves when the values are recent enough. A scrape has 10 s by default, so old values are better than none. */
  async fresh(): Promise<void> {
    const { now, atMostEvery, onFailure } = this.#options;
    if (now() - this.#readAt >= atMostEvery) {
      this.#readAt = now();
      this.#reading ??= this.#read()
        .catch(onFailure)
        .finally(() => {
          this.#reading = undefined;
        });
    }
    await Promise.race([this.#reading, sleep(5000, undefined, { ref: false })]);
  }
}

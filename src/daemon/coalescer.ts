/** Time, as the daemon sees it. */
export type Clock = {
  /** Milliseconds, which only ever grow. */
  now(): number;
  /** Resolves after some milliseconds, or at once when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
};

/** For what nobody ends. */
export const neverAborted = new AbortController().signal;

/** Lets requests through one at a time: those that come while one is served are served together, after it. */
export class Coalescer {
  #isRequested = false;
  #wake: (() => void) | undefined;

  request(): void {
    this.#isRequested = true;
    this.#wake?.();
  }

  /** Resolves when there is a request, which it takes, or when the signal is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    while (!this.#isRequested && !signal.aborted) {
      await new Promise<void>((resolve) => {
        // Taken off again: a process that waits a million times must not leave as many listeners.
        const wake = () => {
          signal.removeEventListener("abort", wake);
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener("abort", wake);
      });
    }
    this.#isRequested = false;
  }
}

/** How long to wait after a number of failures in a row: from 100 ms, twice as long each time, up to 30 s, with jitter. */
export function retryDelay(failures: number, random: () => number): number {
  const longest = Math.min(30_000, 100 * 2 ** Math.min(failures - 1, 20));
  return Math.round(longest * (0.5 + random() / 2));
}

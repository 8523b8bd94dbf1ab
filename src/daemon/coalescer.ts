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

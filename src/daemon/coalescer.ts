/** The daemon's time. */
export type Clock = {
  /** Monotonic milliseconds. */
  now(): number;
  /** Resolves after some milliseconds, or at once when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
};

/** A signal that is never aborted. */
export const neverAborted = new AbortController().signal;

/** Serves requests one at a time: those that arrive meanwhile are served together afterwards. */
export class Coalescer {
  #isRequested = false;
  #wake: (() => void) | undefined;

  request(): void {
    this.#isRequested = true;
    this.#wake?.();
  }

  /** Resolves when there is a request, and takes it, or when the signal is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    while (!this.#isRequested && !signal.aborted) {
      await new Promise<void>((resolve) => {
        // Removed again: a process that waits a million times must not leave a million listeners.
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

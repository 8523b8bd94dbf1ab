/** Wakes a sleeper. If nothing sleeps, the next sleep ends at once. */
export class Bell {
  #hasRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  /** Whether it has rung since the last call. */
  take(): boolean {
    const hasRung = this.#hasRung;
    this.#hasRung = false;
    return hasRung;
  }

  /** Sleeps until it rings or the signal is aborted, or for at most the given number of milliseconds. */
  async sleep(milliseconds: number | undefined, signal: AbortSignal): Promise<void> {
    if (this.#hasRung || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = milliseconds === undefined ? undefined : setTimeout(wake, milliseconds);
      signal.addEventListener("abort", wake);
      this.#wake = wake;
    });
  }
}

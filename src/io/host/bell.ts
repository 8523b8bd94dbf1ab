/** Wakes the one who sleeps. Who did not sleep then finds that it has rung. */
export class Bell {
  #hasRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  /** Whether it has rung since this was asked before. */
  take(): boolean {
    const hasRung = this.#hasRung;
    this.#hasRung = false;
    return hasRung;
  }

  /** Sleeps until it rings or the signal is aborted, for so many milliseconds at most, if they are given. */
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

/** Lets tests wait for conditions on something that reports its changes. */
export class Watched {
  readonly #waiting = new Set<() => void>();

  /** Waits until a condition holds. It is checked after each change. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  changed(): void {
    for (const look of [...this.#waiting]) look();
  }
}

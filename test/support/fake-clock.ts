import type { Clock } from "../../src/daemon/coalescer.ts";

/** Time that passes at once: sleepers wake as soon as nothing else has anything to do, in the order of their alarms. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#sleepers.push({ at: this.#now + milliseconds, wake: resolve });
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** Lets everything run that can, then advances the time to the next alarm; true if there was one. */
  async advance(): Promise<boolean> {
    await settle();
    this.#sleepers.sort((a, b) => a.at - b.at);
    const next = this.#sleepers.shift();
    if (next === undefined) return false;
    this.#now = Math.max(this.#now, next.at);
    next.wake();
    await settle();
    return true;
  }
}

/** Resolves when every promise that does not depend on the outside world is settled. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

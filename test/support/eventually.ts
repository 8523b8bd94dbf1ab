import { setTimeout } from "node:timers/promises";

/**
 * Looks until something is as expected. Rejects, with how it was last, where it does not become so in two minutes: only
 * what hangs takes as long, however busy the machine is.
 */
export async function eventually<T>(look: () => Promise<T>, expected: T): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen === expected) return;
    if (performance.now() > end) throw new Error(`after ${seconds} s it is still ${seen}, not ${expected}`);
    await setTimeout(20);
  }
}

const seconds = 120;

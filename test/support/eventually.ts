import { setTimeout } from "node:timers/promises";

/** Looks until something is as expected. Rejects, with how it was last, where it does not become so in time. */
export async function eventually<T>(look: () => Promise<T>, expected: T, seconds = 10): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen === expected) return;
    if (performance.now() > end) throw new Error(`after ${seconds} s it is still ${seen}, not ${expected}`);
    await setTimeout(20);
  }
}

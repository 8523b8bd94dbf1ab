import { setTimeout } from "node:timers/promises";

/**
 * Checks until a value is as expected. Rejects, with the last value, if that takes more than two minutes: only something
 * that hangs takes as long, however busy the machine is.
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

import { setTimeout } from "node:timers/promises";
import type { Clock } from "../../daemon/coalescer.ts";

/**
 * The machine's time at the start of this process, plus the time that has passed since. Setting the machine's clock must
 * not make a change wait for hours, or seem to.
 */
export const systemClock: Clock = {
  now: () => Math.round(performance.timeOrigin + performance.now()),

  async sleep(milliseconds, signal) {
    try {
      await setTimeout(milliseconds, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};

/** A number from 0 up to 1. */
export const systemRandom: () => number = Math.random;

/** Converts a time of `systemClock` to the machine's clock as it is set now. */
export function timeOfDay(time: number): number {
  return time + Date.now() - systemClock.now();
}

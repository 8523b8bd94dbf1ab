import { setTimeout } from "node:timers/promises";
import type { Clock } from "../../daemon/coalescer.ts";

/**
 * The time of this machine as it was when this process began, and as long as has passed since: whoever sets the machine's
 * clock must not make a change wait for hours, or seem to.
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

/** What the machine's clock would have shown, as it is set now, at a time of `systemClock`. */
export function timeOfDay(time: number): number {
  return time + Date.now() - systemClock.now();
}

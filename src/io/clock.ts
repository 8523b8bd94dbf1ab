import { setTimeout } from "node:timers/promises";
import type { Clock } from "../daemon/pacer.ts";

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),

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

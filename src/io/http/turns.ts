import { setImmediate } from "node:timers/promises";

/**
 * Resolves in a later turn of the event loop than for all who asked before: what is done then, a piece at a time, leaves
 * this process time for its work between any two pieces, however many ask.
 */
export function nextTurn(): Promise<unknown> {
  last = last.then(() => setImmediate());
  return last;
}

let last: Promise<unknown> = Promise.resolve();

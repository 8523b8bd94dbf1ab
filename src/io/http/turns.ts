import { setImmediate } from "node:timers/promises";

/**
 * Resolves in a later turn of the event loop than earlier calls. Work done piece by piece then leaves this process time
 * between any two pieces, however many clients ask.
 */
export function nextTurn(): Promise<unknown> {
  last = last.then(() => setImmediate());
  return last;
}

let last: Promise<unknown> = Promise.resolve();

import type { Reply } from "./reply.ts";
import { nextTurn } from "./turns.ts";

/**
 * A long JSON value that is generated while it is sent, piece by piece: this process works in between. `before` and
 * `after` enclose the list.
 */
export function jsonList(items: Iterable<unknown>, before = "[", after = "]"): Reply {
  return { code: 200, contentType: "application/json", body: parts(items, before, after) };
}

async function* parts(items: Iterable<unknown>, before: string, after: string): AsyncGenerator<string> {
  let part = `${before}\n`;
  let separator = "";
  let began = performance.now();
  for (const item of items) {
    part += separator + JSON.stringify(item);
    separator = ",\n";
    if (part.length < longestPart && performance.now() - began < longestMs) continue;
    yield part;
    part = "";
    await nextTurn();
    began = performance.now();
  }
  yield `${part}\n${after}\n`;
}

const longestPart = 65_536;

/** The longest that a round has to wait. */
const longestMs = 4;

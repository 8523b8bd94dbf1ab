import type { IncomingMessage } from "node:http";
import type { Connection } from "./connection.ts";
import { accepted, encodingOf } from "./encoding.ts";
import { bodyParts, type KubeRequest } from "./request.ts";
import type { Resource } from "./resources.ts";
import { sendSelecting } from "./select.ts";
import type { WatchEvent } from "./watch-event.ts";

export type WatchOptions = {
  /** The version after which changes are reported. */
  readonly resourceVersion: string;
  /** When the server ends the watch. */
  readonly timeoutSeconds: number;
  /** The grace period for that. */
  readonly marginMs: number;
  /** How long the server may take to start its answer. */
  readonly headersMs: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Opens one watch; resolves when the server begins to answer. Events come in groups, as they arrive together, until the
 * server ends the watch. Both the promise and the iteration reject with a KubeError.
 *
 * client-node's own Watch silently skips lines that it cannot read, ends after 30 s of silence, and makes a new connection
 * pool for each watch; its ListWatch, built on it, gives up at most errors.
 */
export async function openWatch(
  connection: Connection,
  resource: Resource,
  { resourceVersion, timeoutSeconds, marginMs, headersMs, signal }: WatchOptions,
): Promise<AsyncIterable<readonly WatchEvent[]>> {
  const query = {
    watch: "true",
    allowWatchBookmarks: "true",
    resourceVersion,
    // Whole seconds, and at least 1, as 0 means no limit.
    timeoutSeconds: String(Math.max(1, Math.round(timeoutSeconds))),
  };
  const options = { accept: accepted.read, signal, headersMs };
  const { request, response } = await sendSelecting(connection, "watch", resource, query, options);
  return events(connection, request, response, timeoutSeconds * 1000 + marginMs);
}

async function* events(
  connection: Connection,
  request: KubeRequest,
  response: IncomingMessage,
  ms: number,
): AsyncGenerator<readonly WatchEvent[]> {
  const eventsIn = encodingOf(response).events();
  const bookmarks = new Bookmarks();
  const patience = { all: ms, part: () => bookmarks.silenceMs };
  for await (const part of bodyParts(connection, request, response, patience)) {
    const group = eventsIn(part);
    if (group.some(({ kind }) => kind === "bookmark")) bookmarks.came(performance.now());
    if (group.length > 0) yield group;
  }
}

/**
 * How long the server of one watch may be silent. It sends bookmarks at regular intervals, once a minute, so after two
 * missing ones it is considered gone. Undefined until it has sent two.
 */
class Bookmarks {
  #last: number | undefined;
  #longest: number | undefined;

  came(at: number): void {
    if (this.#last !== undefined) this.#longest = Math.max(this.#longest ?? 0, at - this.#last);
    this.#last = at;
  }

  get silenceMs(): number | undefined {
    return this.#longest === undefined ? undefined : Math.max(leastSilenceMs, 3 * this.#longest);
  }
}

const leastSilenceMs = 10_000;

import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { printable } from "../../decode/quote.ts";
import { Bytes } from "./bytes.ts";
import type { Connection } from "./connection.ts";
import { parseJSON } from "./list.ts";
import { bodyParts, type KubeRequest } from "./request.ts";
import type { Resource } from "./resources.ts";
import { sendSelecting } from "./select.ts";

export type WatchEvent =
  /** Added, modified, or come into the selection. */
  | { readonly kind: "upserted"; readonly object: unknown }
  /** Deleted, or gone from the selection; the object is in its last state. */
  | { readonly kind: "deleted"; readonly object: unknown }
  /** Nothing has changed up to this version that has not been told. */
  | { readonly kind: "bookmark"; readonly object: unknown }
  /** The server cannot go on. 410: it has forgotten the changes since the version that was asked for. */
  | { readonly kind: "error"; readonly code: number; readonly message: string }
  /** A line that cannot be read as an event. */
  | { readonly kind: "malformed"; readonly text: string };

export type WatchOptions = {
  /** The version after which changes are told. */
  readonly resourceVersion: string;
  /** After which the server ends the watch. */
  readonly timeoutSeconds: number;
  /** How much later it may do so. */
  readonly marginMs: number;
  /** How long the server may take to begin. */
  readonly headersMs: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Opens one watch; resolves once the server has begun to answer. Its events come in groups, as they arrive together, until
 * the server ends it. Both the promise and the iteration reject with a KubeError.
 *
 * client-node's own Watch leaves out lines that it cannot read without a word, ends after 30 s of silence, and makes a new
 * pool of connections for each watch; its ListWatch, above it, gives up at most errors.
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
    // Whole seconds only, and 0 would be none.
    timeoutSeconds: String(Math.max(1, Math.round(timeoutSeconds))),
  };
  const { request, response } = await sendSelecting(connection, "watch", resource, query, { signal, headersMs });
  return events(connection, request, response, timeoutSeconds * 1000 + marginMs);
}

async function* events(
  connection: Connection,
  request: KubeRequest,
  response: IncomingMessage,
  ms: number,
): AsyncGenerator<readonly WatchEvent[]> {
  // A line that is not complete when the connection ends is told again by the next watch.
  const begun = new Bytes();
  const bookmarks = new Bookmarks();
  const patience = { all: ms, part: () => bookmarks.silenceMs };
  for await (const part of bodyParts(connection, request, response, patience)) {
    const group = completeLines(begun, part).map(watchEvent);
    if (group.some(({ kind }) => kind === "bookmark")) bookmarks.came(performance.now());
    if (group.length > 0) yield group;
  }
}

/** The lines that end in a part. */
function completeLines(begun: Bytes, part: Buffer): readonly string[] {
  const end = part.lastIndexOf(newline) + 1;
  const lines = end === 0 ? "" : begun.take(part.subarray(0, end)).toString("utf8");
  begun.push(part.subarray(end));
  return lines.split("\n").filter((line) => line.trim() !== "");
}

/**
 * How long the server of one watch may be silent: it tells bookmarks at regular times, once a minute, so one that misses
 * two says nothing any more. Undefined as long as it has not told two.
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

const newline = 0x0a;

const Line = z.object({ type: z.string(), object: z.looseObject({}) });
const StatusObject = z.object({ code: z.number().catch(0), message: z.string().transform(printable).catch("") });

function watchEvent(line: string): WatchEvent {
  const read = Line.safeParse(parseJSON(line));
  if (!read.success) return { kind: "malformed", text: line };
  const { type, object } = read.data;
  switch (type) {
    case "ADDED":
    case "MODIFIED":
      return { kind: "upserted", object };
    case "DELETED":
      return { kind: "deleted", object };
    case "BOOKMARK":
      return { kind: "bookmark", object };
    case "ERROR":
      return { kind: "error", ...StatusObject.parse(object) };
    default:
      return { kind: "malformed", text: line };
  }
}

import { isIn, parseVersion } from "./list.ts";
import { encode, envelope, frame } from "./protobuf.ts";
import { apiVersion, type Resource } from "./resources.ts";
import type { Selector } from "./selectors.ts";
import { type Status, status } from "./status.ts";
import {
  type Change,
  type Collection,
  type Entry,
  fullJSON,
  protobufOf,
  type Store,
  withResourceVersion,
} from "./store.ts";

export type WatchOptions = {
  readonly selects: Selector;
  readonly namespace: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly allowWatchBookmarks: boolean;
  readonly timeoutSeconds: number;
  readonly bookmarkMs: number;
};

/** Where a watch is written to. */
export type Stream = {
  readonly write: (bytes: string | Buffer) => void;
  readonly end: () => void;
  /** Told of an object that this encoding does not have; the watch ends then. */
  readonly cannotSend: () => void;
  /** Undefined where it is no object that can be sent in this encoding. */
  readonly event: (type: string, resource: Resource, entry: Entry) => string | Buffer | undefined;
  readonly status: (status: Status) => string | Buffer;
};

export const jsonStream: Pick<Stream, "event" | "status"> = {
  event: (type, resource, entry) => eventText(type, fullJSON(resource, entry)),
  status: (status) => eventText("ERROR", JSON.stringify(status)),
};

export const protobufStream: Pick<Stream, "event" | "status"> = {
  event(type, resource, entry) {
    const bytes = protobufOf(resource, entry);
    return bytes && frame(type, envelope(apiVersion(resource), resource.kind, bytes));
  },
  status: (status) => frame("ERROR", envelope("v1", "Status", encode("Status", status))),
};

/** A watch that is open, in one resource. */
export type OpenWatch = {
  readonly resource: string;
  /** Sends a bookmark now, if the client allows them. */
  readonly bookmark: () => void;
  /** How many it has got. */
  readonly bookmarks: () => number;
  /** Sends any text. */
  readonly send: (text: string) => void;
  /** Ends it as the server does when its time is over. */
  readonly end: () => void;
  /** To be called when the connection is gone. */
  readonly stop: () => void;
};

/**
 * Starts to send the changes after a resourceVersion. Without one, or with 0, the objects of now are sent as added first.
 *
 * A client sees its selection only: an object that leaves it is deleted, one that enters it is added.
 */
export function startWatch(
  store: Store,
  collection: Collection,
  { write, end, cannotSend, event, status: errorOf }: Stream,
  options: WatchOptions,
): OpenWatch {
  const { resource } = collection;
  const { selects, namespace } = options;
  const isSelected = (entry: Entry | undefined): entry is Entry =>
    entry !== undefined && isIn(namespace, entry) && selects(entry);
  const send = (type: string, entry: Entry) => {
    const bytes = event(type, resource, entry);
    if (hasEnded) return;
    if (bytes !== undefined) {
      write(bytes);
      return;
    }
    cannotSend();
    endWatch();
  };
  const follow = ({ before, after, resourceVersion }: Change) => {
    if (isSelected(after)) send(isSelected(before) ? "MODIFIED" : "ADDED", after);
    else if (isSelected(before)) send("DELETED", withResourceVersion(resource, before, resourceVersion));
  };
  let sent = 0;
  const bookmark = () => {
    if (!options.allowWatchBookmarks) return;
    sent += 1;
    send("BOOKMARK", bookmarkEntry(store.resourceVersion));
  };
  const bookmarks = setInterval(bookmark, options.bookmarkMs);
  const stop = () => {
    clearInterval(bookmarks);
    clearTimeout(timeout);
    collection.watchers.delete(follow);
  };
  let hasEnded = false;
  const endWatch = () => {
    hasEnded = true;
    stop();
    end();
  };
  const timeout = setTimeout(() => {
    bookmark();
    endWatch();
  }, options.timeoutSeconds * 1000);

  const requested = parseVersion(options.resourceVersion || "0");
  const missed = requested === 0 ? undefined : collection.changesSince(requested);
  if (requested > 0 && missed === undefined) {
    const message = `too old resource version: ${requested} (${collection.compacted})`;
    write(errorOf(status(410, message)));
    endWatch();
  } else {
    if (requested === 0) {
      for (const entry of collection.entries.values()) if (isSelected(entry)) send("ADDED", entry);
    }
    for (const change of missed ?? []) follow(change);
    if (!hasEnded) collection.watchers.add(follow);
  }
  return { resource: resource.name, bookmark, bookmarks: () => sent, send: write, end: endWatch, stop };
}

function bookmarkEntry(resourceVersion: number): Entry {
  const json = `{"metadata":{"resourceVersion":"${resourceVersion}","creationTimestamp":null}}`;
  return { key: "", resourceVersion, labels: {}, fields: {}, json };
}

function eventText(type: string, object: string): string {
  return `{"type":"${type}","object":${object}}\n`;
}

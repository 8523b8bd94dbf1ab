import { isIn, parseVersion } from "./list.ts";
import { apiVersion } from "./resources.ts";
import type { Selector } from "./selectors.ts";
import { status } from "./status.ts";
import { type Change, type Collection, type Entry, fullJSON, type Store, withResourceVersion } from "./store.ts";

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
  readonly write: (text: string) => void;
  readonly end: () => void;
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
  { write, end }: Stream,
  options: WatchOptions,
): OpenWatch {
  const { resource } = collection;
  const { selects, namespace } = options;
  const isSelected = (entry: Entry | undefined): entry is Entry =>
    entry !== undefined && isIn(namespace, entry) && selects(entry);
  const send = (type: string, entry: Entry) => write(eventText(type, fullJSON(resource, entry)));
  const follow = ({ before, after, resourceVersion }: Change) => {
    if (isSelected(after)) send(isSelected(before) ? "MODIFIED" : "ADDED", after);
    else if (isSelected(before)) send("DELETED", withResourceVersion(resource, before, resourceVersion));
  };
  let sent = 0;
  const bookmark = () => {
    if (!options.allowWatchBookmarks) return;
    sent += 1;
    const metadata = `{"resourceVersion":"${store.resourceVersion}","creationTimestamp":null}`;
    const object = `{"kind":"${resource.kind}","apiVersion":"${apiVersion(resource)}","metadata":${metadata}}`;
    write(eventText("BOOKMARK", object));
  };
  const bookmarks = setInterval(bookmark, options.bookmarkMs);
  const stop = () => {
    clearInterval(bookmarks);
    clearTimeout(timeout);
    collection.watchers.delete(follow);
  };
  const endWatch = () => {
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
    write(eventText("ERROR", JSON.stringify(status(410, message))));
    endWatch();
  } else {
    if (requested === 0) {
      for (const entry of collection.entries.values()) if (isSelected(entry)) send("ADDED", entry);
    }
    for (const change of missed ?? []) follow(change);
    collection.watchers.add(follow);
  }
  return { resource: resource.name, bookmark, bookmarks: () => sent, send: write, end: endWatch, stop };
}

function eventText(type: string, object: string): string {
  return `{"type":"${type}","object":${object}}\n`;
}

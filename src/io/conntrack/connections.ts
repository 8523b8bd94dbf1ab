import type { Family } from "../../model/address.ts";
import {
  type Connection,
  connectionGroups,
  connectionReader,
  connectionsRequest,
  isEnd,
} from "../../netlink/connection.ts";
import { messageReader } from "../../netlink/message.ts";
import { listen } from "../netlink/listen.ts";
import { askWhole, withNetlink } from "../netlink/netlink.ts";

/** Converts a connection of a family in this network namespace; undefined for those to leave out. */
export function readConnections<T>(
  family: Family,
  take: (connection: Connection) => T | undefined,
): Promise<readonly T[]> {
  return withNetlink(async (ask) => {
    let taken: T[] = [];
    await askWhole(ask, connectionsRequest(family), () => {
      const read = connectionReader();
      taken = [];
      return (message) => {
        const connection = read(message);
        const each = connection && take(connection);
        if (each !== undefined) taken.push(each);
      };
    });
    return taken;
  });
}

export type ConnectionEvent = { readonly kind: "new" | "ended"; readonly connection: Connection };

/**
 * Reports connections as they begin and end in this network namespace, until the signal is aborted. Only some wait to be
 * read: the kernel drops events meanwhile, and `onMissed` is called. With the kernel's default setting
 * (`nf_conntrack_events` 2), it does not report the ends of connections that began before.
 */
export async function followConnections(
  onEvents: (events: readonly ConnectionEvent[]) => Promise<void>,
  { onListening, onMissed }: { readonly onListening: () => void; readonly onMissed: () => void },
  signal: AbortSignal,
): Promise<void> {
  const read = connectionReader();
  while (!signal.aborted) {
    let events: ConnectionEvent[] = [];
    let isListening = false;
    const take = messageReader((message) => {
      const connection = read(message);
      if (connection !== undefined) events.push({ kind: isEnd(message) ? "ended" : "new", connection });
    });
    const onBytes = async (bytes: Uint8Array) => {
      take(bytes);
      const taken = events;
      events = [];
      if (taken.length > 0) await onEvents(taken);
    };
    const begin = () => {
      isListening = true;
      onListening();
    };
    const error = await listen({ groups: connectionGroups, onListening: begin, onBytes }, signal);
    if (signal.aborted) return;
    if (!isListening) throw error;
    onMissed();
  }
}

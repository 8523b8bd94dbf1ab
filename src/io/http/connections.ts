import type { Socket } from "node:net";
import { type Address, address, addressBytes } from "../../model/address.ts";

export type ConnectionsOptions = {
  /** The maximum number of connections. */
  readonly most: number;
  /** Whether an address belongs to this node. */
  readonly isOwn: (address: Address) => boolean;
};

/**
 * The connections that servers have accepted. Everyone who can reach the node may open them.
 *
 * New connections are always accepted. If there is no room, another is closed: the one that has waited longest without a
 * whole request, or else the one that is being answered longest. No source gets more than a tenth of the room. This node's
 * own connections are closed only if there are no others.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  /** Oldest first. */
  readonly #guests = new Map<Socket, Guest>();
  readonly #bySource = new Map<string, Set<Guest>>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** @param path of the Unix socket that it came over, if any: all its clients count as one source */
  add(socket: Socket, path?: string): void {
    const [text = ""] = socket.remoteAddress?.split("%") ?? [];
    const ip = address(text);
    const source = path ?? (ip && sourceOf(ip));
    if (source === undefined) {
      // The client is gone.
      socket.destroy();
      return;
    }
    const { most, isOwn } = this.#options;
    const guest = { socket, source, isOwn: ip !== undefined && isOwn(ip), isAnswered: false };
    const siblings = this.#bySource.get(guest.source) ?? new Set<Guest>();
    this.#bySource.set(guest.source, siblings.add(guest));
    this.#guests.set(socket, guest);
    socket.once("close", () => this.#remove(guest));
    if (siblings.size > most / 10 && !guest.isOwn) this.#makeRoom(siblings);
    if (this.#guests.size > most) this.#makeRoom(this.#guests.values());
  }

  /** Its request is complete. */
  answering(socket: Socket): void {
    const guest = this.#guests.get(socket);
    if (guest) guest.isAnswered = true;
  }

  /** Closes the connection with the lowest priority, and of several the oldest. */
  #makeRoom(guests: Iterable<Guest>): void {
    let last: { readonly guest: Guest; readonly right: number } | undefined;
    for (const guest of guests) {
      const right = (guest.isOwn ? 2 : 0) + (guest.isAnswered ? 1 : 0);
      if (last === undefined || right < last.right) last = { guest, right };
    }
    if (last === undefined) return;
    this.#remove(last.guest);
    last.guest.socket.destroy();
  }

  #remove(guest: Guest): void {
    this.#guests.delete(guest.socket);
    const siblings = this.#bySource.get(guest.source);
    siblings?.delete(guest);
    if (siblings?.size === 0) this.#bySource.delete(guest.source);
  }
}

type Guest = { readonly socket: Socket; readonly source: string; readonly isOwn: boolean; isAnswered: boolean };

/** An IPv6 source may use any address in its /64. */
function sourceOf(ip: Address): string {
  return ip.includes(":") ? (addressBytes(ip) ?? []).slice(0, 8).join() : ip;
}

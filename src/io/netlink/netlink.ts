import type { Message } from "../../netlink/message.ts";
import { NetlinkSocket } from "./socket.ts";

/**
 * Requests a dump from the kernel, and passes on its messages. Returns whether nothing changed meanwhile; if something
 * did, the dump may be incomplete. Rejects on an error.
 */
export type Ask = (request: Uint8Array, onMessage: (message: Message) => void) => Promise<boolean>;

/** Sends the kernel commands, and returns the result of each: an error of errno(3), or 0. */
export type Tell = (requests: readonly Uint8Array[]) => Promise<readonly number[]>;

type Talk<T> = (ask: Ask, tell: Tell) => Promise<T>;

/** Runs a conversation: over its own socket, as `withNetlink` does, or over the socket of a session. */
export type Talker = <T>(talk: Talk<T>, signal?: AbortSignal) => Promise<T>;

/** Talks to the netfilter of this network namespace. Rejects early if the signal is aborted. */
export async function withNetlink<T>(talk: Talk<T>, signal?: AbortSignal): Promise<T> {
  const socket = new NetlinkSocket();
  try {
    return await talkOver(socket, talk, signal);
  } finally {
    socket.kill();
  }
}

/**
 * The same, one conversation after another. An idle socket waits some seconds for the next: starting its process takes
 * longer than most conversations.
 */
export class NetlinkSession {
  #spare: NetlinkSocket | undefined;
  #timer: NodeJS.Timeout | undefined;

  readonly talk: Talker = async (talk, signal) => {
    const socket = this.#take() ?? new NetlinkSocket();
    const result = await talkOver(socket, talk, signal);
    this.#keep(socket);
    return result;
  };

  #take(): NetlinkSocket | undefined {
    const taken = this.#spare;
    this.#spare = undefined;
    clearTimeout(this.#timer);
    taken?.hold(true);
    return taken;
  }

  #keep(socket: NetlinkSocket): void {
    this.#take()?.kill();
    this.#spare = socket;
    socket.hold(false);
    this.#timer = setTimeout(() => this.#take()?.kill(), idleMs).unref();
    socket.ended.catch(() => {
      if (this.#spare === socket) this.#spare = undefined;
    });
  }
}

/** None while idle. */
const idleMs = 5000;

/** After a failure, the socket ends: what it would still deliver is unknown. */
async function talkOver<T>(socket: NetlinkSocket, talk: Talk<T>, signal: AbortSignal | undefined): Promise<T> {
  const kill = () => socket.kill();
  signal?.addEventListener("abort", kill, { once: true });
  if (signal?.aborted) kill();
  try {
    return await Promise.race([talk(asking(socket), telling(socket)), socket.ended]);
  } catch (error) {
    kill();
    throw error;
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

function asking(socket: NetlinkSocket): Ask {
  return async (request, onMessage) => {
    const ends = await socket.exchange(request, 1, onMessage);
    for (const { errno } of ends) if (errno !== 0) throw new NetlinkRefusal(errno);
    return ends.every(({ isWhole }) => isWhole);
  };
}

function telling(socket: NetlinkSocket): Tell {
  return async (requests) => {
    const errors: number[] = [];
    for (let i = 0; i < requests.length; i += mostAtOnce) {
      const batch = requests.slice(i, i + mostAtOnce);
      const ends = await socket.exchange(Buffer.concat(batch), batch.length, () => undefined);
      errors.push(...ends.map(({ errno }) => errno));
    }
    return errors;
  };
}

/**
 * Repeats while the answer may be incomplete. `begin` is called each time, and returns the function that takes the
 * messages.
 */
export async function askWhole(ask: Ask, request: Uint8Array, begin: () => (message: Message) => void): Promise<void> {
  for (let tries = 0; tries < 10; tries++) if (await ask(request, begin())) return;
  throw new Error("it changes too often to be read completely");
}

/** The kernel refused a request, with an error of errno(3). */
export class NetlinkRefusal extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(
      errno === permission
        ? "netlink needs CAP_NET_ADMIN; run it as root"
        : `the kernel refuses to answer: errno ${errno}`,
    );
    this.name = "NetlinkRefusal";
    this.errno = errno;
  }
}

/** EPERM */
const permission = 1;

/** The number of answers that fit into the socket's buffer. */
const mostAtOnce = 64;

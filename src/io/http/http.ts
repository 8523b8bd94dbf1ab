import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { isHostAddress } from "../host/addresses.ts";
import { mostOpenFiles } from "../host/host.ts";
import { Connections } from "./connections.ts";
import { plainText, type Reply, writeReply } from "./reply.ts";
import { type Request, readRequest } from "./request.ts";

/** Answers one request. If it throws, the status is 500. */
export type Answer = (request: Request) => Promise<Reply> | Reply;

/** A port, which leaves IPv4 to others if it is `ipv6Only` and the address is `::`; or a Unix socket. */
type ServeAt =
  | { readonly address: string; readonly port: number; readonly ipv6Only?: boolean }
  | { readonly path: string };

export type ServeOptions = ServeAt & {
  readonly answer: Answer;
  readonly onListening?: () => void;
  /** It cannot listen, or had to stop; called again if the reason changes. */
  readonly onFailure: (error: Error) => void;
  /** Milliseconds from a failure to the next attempt. */
  readonly retryAfter?: number;
  /** The milliseconds within which the client has to read the answer; by default, 10 MB at 3 Mbit/s. */
  readonly answerTimeout?: number;
  /** Why the port must not be opened now; checked before each attempt. */
  readonly obstacle?: () => Error | undefined;
  /** By default those of all servers of this process. */
  readonly connections?: Connections;
};

/**
 * Serves HTTP on an address until the signal is aborted, and resolves when all its connections are closed. A connection is
 * for one request: otherwise a client that sends more of them and reads no answers would make us keep them all.
 *
 * If a port is in use, or an address does not exist yet, it retries: the port may become free.
 */
export async function serve(options: ServeOptions, signal: AbortSignal): Promise<void> {
  let reported = "";
  const onListening = () => {
    reported = "";
    options.onListening?.();
  };
  while (!signal.aborted) {
    const failure = options.obstacle?.() ?? (await serveOnce({ ...options, onListening }, signal));
    if (failure === undefined || signal.aborted) continue;
    if (failure.message !== reported) options.onFailure(failure);
    reported = failure.message;
    await sleep(options.retryAfter ?? 5000, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Serves until the signal is aborted or an error occurs, to which it resolves. */
function serveOnce(options: ServeOptions, signal: AbortSignal): Promise<Error | undefined> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    void attend(socket, options);
  });
  return new Promise((resolve) => {
    const stop = () => close(server, open);
    signal.addEventListener("abort", stop, { once: true });
    server.on("listening", () => options.onListening?.());
    server.on("error", (error) => {
      // A connection that could not be accepted, because too many files are open, leaves the port open.
      if (server.listening) return;
      signal.removeEventListener("abort", stop);
      resolve(error);
    });
    server.on("close", () => {
      signal.removeEventListener("abort", stop);
      resolve(undefined);
    });
    if ("path" in options) server.listen(options.path);
    else server.listen({ host: options.address, port: options.port, ipv6Only: options.ipv6Only ?? false });
  });
}

/** Answers the request of a connection, and closes it when the answer has been read, or was not read in time. */
async function attend(socket: Socket, options: ServeOptions): Promise<void> {
  const { answer, answerTimeout = 30_000, connections = ofThisProcess } = options;
  // What waits for the connection learns that it is closed.
  socket.on("error", () => undefined);
  const late = setTimeout(() => socket.destroy(), requestTimeout).unref();
  try {
    connections.add(socket, "path" in options ? options.path : undefined);
    const isLocal = "path" in options || isFromLoopback(socket);
    const request = await readRequest(socket, isLocal);
    if (request === "closed") return;
    connections.answering(socket);
    clearTimeout(late);
    const slow = setTimeout(() => socket.destroy(), answerTimeout).unref();
    socket.once("close", () => clearTimeout(slow));
    if (request === "bad") await writeReply(socket, plainText(400, "400 bad request\n"), undefined);
    else await writeReply(socket, await replyTo(request, answer), request);
    if (request === "bad" || !request.hasMore) await forgetRest(socket);
  } catch {
    // The client does not want the rest.
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}

/** The kernel accepts no packet with such a source from outside. */
function isFromLoopback({ remoteAddress = "" }: Socket): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(remoteAddress);
}

async function replyTo(request: Request, answer: Answer): Promise<Reply> {
  try {
    return await answer(request);
  } catch (error) {
    return plainText(500, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/**
 * Reads what else is sent, up to a limit, until the client ends. Closing a connection with unread data resets it, and a
 * slow reader would lose the answer.
 */
function forgetRest(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, grace).unref();
    let bytes = 0;
    socket.on("data", ({ length }) => {
      bytes += length;
      if (bytes > mostForgotten) resolve();
    });
    socket.once("end", resolve);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The limit is per process, which needs open files elsewhere. */
const ofThisProcess = new Connections({ most: Math.min(500, mostOpenFiles() / 4), isOwn: isHostAddress });

/** In milliseconds. Real requests are a few lines; a connection that takes longer is useless. */
const requestTimeout = 10_000;

const mostForgotten = 16_384;

/** How many milliseconds clients get when the server ends, to read their answers or to close their connections. */
const grace = 500;

function close(server: Server, open: ReadonlySet<Socket>): void {
  server.close();
  // Idle connections do not keep this process running, so the timer has to.
  setTimeout(() => {
    for (const socket of open) socket.destroy();
  }, grace);
}

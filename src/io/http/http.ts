import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { isHostAddress } from "../host/addresses.ts";
import { mostOpenFiles } from "../host/host.ts";
import { Connections } from "./connections.ts";
import { plainText, type Reply, writeReply } from "./reply.ts";
import { type Request, readRequest } from "./request.ts";

/** Answers one request. What it throws becomes status 500. */
export type Answer = (request: Request) => Promise<Reply> | Reply;

/** A port, which it leaves to others on IPv4 where it is `ipv6Only` and the address is `::`; or a Unix socket. */
type ServeAt =
  | { readonly address: string; readonly port: number; readonly ipv6Only?: boolean }
  | { readonly path: string };

export type ServeOptions = ServeAt & {
  readonly answer: Answer;
  readonly onListening?: () => void;
  /** It cannot listen, or has to stop; called anew where it fails for another reason than last time. */
  readonly onFailure: (error: Error) => void;
  /** Milliseconds from a failure to the next try. */
  readonly retryAfter?: number;
  /** In how many milliseconds an answer is to be taken; by default, 10 MB at 3 Mbit/s. */
  readonly answerTimeout?: number;
  /** Why the port must not be opened now; asked before each try. */
  readonly obstacle?: () => Error | undefined;
  /** By default those of all servers of this process. */
  readonly connections?: Connections;
};

/**
 * Serves HTTP on an address until the signal is aborted, and resolves when all its connections are closed. A connection
 * is for one request: who sends more of them, and reads no answers, would have them all kept.
 *
 * A port that is in use, or an address that is not there yet, is tried again and again: others may let it go.
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

/** Serves until the signal is aborted or there is an error, which it resolves to. */
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
      // A connection that could not be taken, as too many files are open, leaves the port open.
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

/** Answers what is asked on a connection, and closes it when the answer is taken, or not taken in time. */
async function attend(socket: Socket, options: ServeOptions): Promise<void> {
  const { answer, answerTimeout = 30_000, connections = ofThisProcess } = options;
  // That it is closed shows in what waits for it.
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

/** The kernel takes no packet with such a source from outside. */
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
 * Takes what else is sent, until the other side ends, or it is much: to close a connection on which something is unread
 * resets it, and who reads slowly loses the answer.
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

/** The limit is that of the process, whose open files are needed elsewhere. */
const ofThisProcess = new Connections({ most: Math.min(500, mostOpenFiles() / 4), isOwn: isHostAddress });

/** In milliseconds. Real requests are a few lines; a connection that takes longer is useless. */
const requestTimeout = 10_000;

const mostForgotten = 16_384;

/** How long, in milliseconds, those who are being answered may take when the server ends, and others to close in turn. */
const grace = 500;

function close(server: Server, open: ReadonlySet<Socket>): void {
  server.close();
  // Connections on which nothing is read do not keep this process; the timer has to.
  setTimeout(() => {
    for (const socket of open) socket.destroy();
  }, grace);
}

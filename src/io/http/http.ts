import type { Socket } from "node:net";
import { isHostAddress } from "../host/addresses.ts";
import { mostOpenFiles } from "../host/host.ts";
import { type ListenAt, type ListenOptions, listen } from "../host/listen.ts";
import { Connections } from "./connections.ts";
import { plainText, type Reply, writeReply } from "./reply.ts";
import { type Request, readRequest } from "./request.ts";

/** Answers one request. If it throws, the status is 500. */
export type Answer = (request: Request) => Promise<Reply> | Reply;

export type ServeOptions = ListenAt &
  Pick<ListenOptions, "onListening" | "onFailure" | "retryAfter" | "obstacle"> & {
    readonly answer: Answer;
    /** The milliseconds within which the client has to read the answer; by default, 10 MB at 3 Mbit/s. */
    readonly answerTimeout?: number;
    /** By default those of all servers of this process. */
    readonly connections?: Connections;
  };

/**
 * Serves HTTP on an address until the signal is aborted, and resolves when all its connections are closed. A connection is
 * for one request: otherwise a client that sends more of them and reads no answers would make us keep them all.
 */
export function serve(options: ServeOptions, signal: AbortSignal): Promise<void> {
  const open = new Set<Socket>();
  const onConnection = (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    void attend(socket, options);
  };
  // Idle connections do not keep this process running, so the timer has to.
  const onStopping = () => {
    setTimeout(() => {
      for (const socket of open) socket.destroy();
    }, grace);
  };
  return listen({ ...options, onConnection, onStopping }, signal);
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

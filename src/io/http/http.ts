import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { isHostAddress } from "../host/addresses.ts";
import { mostOpenFiles } from "../host/host.ts";
import { Connections } from "./connections.ts";

/** Answers one request. What it throws becomes status 500. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export type ServeOptions = {
  readonly address: string;
  readonly port: number;
  /** Leave the port to others on IPv4, where the address is `::`. */
  readonly ipv6Only?: boolean;
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

/** Ends a response. */
export function send(
  response: ServerResponse,
  code: number,
  contentType: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(code, {
    "Content-Type": contentType,
    "X-Content-Type-Options": "nosniff",
    "Content-Length": Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

export function sendNotFound(response: ServerResponse): void {
  send(response, 404, plainText, "404 page not found\n");
}

export const plainText = "text/plain; charset=utf-8";

/** The path that a request asks for, without a query. */
export function pathOf({ url = "/" }: IncomingMessage): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

/** Serves until the signal is aborted or there is an error, which it resolves to. */
function serveOnce(options: ServeOptions, signal: AbortSignal): Promise<Error | undefined> {
  const { address: host, port, ipv6Only = false, connections = ofThisProcess } = options;
  const answerFirst = firstRequests(connections, options);
  const server = createServer(limits, (request, response) => void answerFirst(request, response));
  server.on("connection", (socket: Socket) => connections.add(socket));
  return new Promise((resolve) => {
    const stop = () => close(server);
    signal.addEventListener("abort", stop, { once: true });
    server.on("listening", () => options.onListening?.());
    server.on("error", (error) => {
      // A connection that could not be taken, as too many files are open, leaves the port open.
      if (server.listening) return;
      signal.removeEventListener("abort", stop);
      close(server);
      resolve(error);
    });
    server.on("close", () => {
      signal.removeEventListener("abort", stop);
      resolve(undefined);
    });
    server.listen({ host, port, ipv6Only });
  });
}

/** Answers the first request of each connection, which is closed when the answer is taken, or not taken in time. */
function firstRequests(connections: Connections, { answer, answerTimeout = 30_000 }: ServeOptions): Answer {
  const asked = new WeakSet<Socket>();
  return async (request, response) => {
    const { socket } = request;
    if (asked.has(socket)) {
      socket.destroy();
      return;
    }
    asked.add(socket);
    connections.answering(socket);
    response.shouldKeepAlive = false;
    const late = setTimeout(() => socket.destroy(), answerTimeout).unref();
    response.once("close", () => clearTimeout(late));
    request.resume();
    try {
      await answer(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else send(response, 500, plainText, `${error instanceof Error ? error.message : String(error)}\n`);
    }
  };
}

/** The limit is that of the process, whose open files are needed elsewhere. */
const ofThisProcess = new Connections({ most: Math.min(500, mostOpenFiles() / 4), isOwn: isHostAddress });

/** Who asks sends a few lines: whatever takes longer holds a connection for nothing. */
const limits = { requestTimeout: 10_000, headersTimeout: 10_000, connectionsCheckingInterval: 5000 };

/** How long those who are being answered may take when the server ends, in milliseconds. */
const grace = 500;

function close(server: Server): void {
  server.close();
  setTimeout(() => server.closeAllConnections(), grace).unref();
}

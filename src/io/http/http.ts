import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

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
};

/**
 * Serves HTTP on an address until the signal is aborted, and resolves when all its connections are closed.
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
    const failure = await serveOnce({ ...options, onListening }, signal);
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
  body: string,
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
  const server = createServer(limits, (request, response) => void answerSafely(options.answer, request, response));
  server.maxConnections = mostConnections;
  return new Promise((resolve) => {
    const stop = () => close(server);
    signal.addEventListener("abort", stop, { once: true });
    server.on("listening", () => options.onListening?.());
    server.on("error", (error) => {
      signal.removeEventListener("abort", stop);
      close(server);
      resolve(error);
    });
    server.on("close", () => {
      signal.removeEventListener("abort", stop);
      resolve(undefined);
    });
    const { address: host, port, ipv6Only = false } = options;
    server.listen({ host, port, ipv6Only });
  });
}

/** Who asks sends a few lines and reads a few: whatever takes longer holds a connection for nothing. */
const limits = {
  requestTimeout: 10_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 5000,
};

/** These ports are open to everybody who can reach the node, and its open files are needed elsewhere. */
const mostConnections = 500;

/** How long those who are being answered may take when the server ends, in milliseconds. */
const grace = 500;

function close(server: Server): void {
  server.close();
  setTimeout(() => server.closeAllConnections(), grace).unref();
}

async function answerSafely(answer: Answer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  try {
    await answer(request, response);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else send(response, 500, plainText, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { addAbortSignal } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Request } from "./request.ts";

export type Reply = {
  readonly code: number;
  readonly contentType: string;
  /** The whole body, or parts, each of which is generated when the one before it has been sent. */
  readonly body: string | Uint8Array | AsyncIterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Closes the connection before the body has been read. */
  readonly signal?: AbortSignal;
};

export function plainText(code: number, body: Reply["body"]): Reply {
  return { code, contentType: "text/plain; charset=utf-8", body };
}

export const notFound: Reply = plainText(404, "404 page not found\n");

/** Writes a reply to a request, or to one that cannot be parsed. Rejects if the connection is closed before the end. */
export async function writeReply(socket: Socket, reply: Reply, request: Request | undefined): Promise<void> {
  const { code, contentType, body, headers = {}, signal } = reply;
  const isWhole = typeof body === "string" || body instanceof Uint8Array;
  const isChunked = !isWhole && request?.takesChunks === true;
  const fields = Object.entries({
    "Content-Type": contentType,
    "X-Content-Type-Options": "nosniff",
    Date: new Date().toUTCString(),
    Connection: "close",
    ...(isWhole ? { "Content-Length": Buffer.byteLength(body) } : {}),
    ...(isChunked ? { "Transfer-Encoding": "chunked" } : {}),
    ...headers,
  });
  const head = [`HTTP/1.1 ${code} ${STATUS_CODES[code]}`, ...fields.map(([name, value]) => `${name}: ${value}`)];
  const text = `${head.join("\r\n")}\r\n\r\n`;
  if (signal) addAbortSignal(signal, socket);
  if (request?.method === "HEAD") return end(socket, [text]);
  if (isWhole) return end(socket, [text, body]);
  socket.write(text);
  await pipeline(isChunked ? chunks(body) : body, socket);
}

function end(socket: Socket, parts: readonly (string | Uint8Array)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("close", () => reject(new Error("it was closed")));
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.end(resolve);
  });
}

async function* chunks(parts: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const part of parts) {
    const length = Buffer.byteLength(part);
    if (length > 0) yield `${length.toString(16)}\r\n${part}\r\n`;
  }
  yield "0\r\n\r\n";
}

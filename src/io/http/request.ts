import type { Socket } from "node:net";

/** A whole request of HTTP/1.0 or 1.1. */
export type Request = {
  readonly method: string;
  readonly path: string;
  /** The part after the path and a question mark. */
  readonly query: string;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** One character per byte. */
  readonly body: string;
  /** It came over loopback, or a Unix socket. */
  readonly isLocal: boolean;
  /** The client reads bodies in chunks. */
  readonly takesChunks: boolean;
  /** More data came with it, which was not asked for. */
  readonly hasMore: boolean;
};

/** The connection ended, or the request cannot be parsed. */
export type NoRequest = "closed" | "bad";

/**
 * Reads the first request on a connection, and nothing after it. Node's own server reads all requests that arrive
 * together: 64 KB of small requests keep it busy for longer than accepting thousands of connections.
 */
export function readRequest(socket: Socket, isLocal: boolean): Promise<Request | NoRequest> {
  return new Promise((resolve) => {
    let text = "";
    const done = (result: Request | NoRequest) => {
      socket.off("data", read).pause();
      resolve(result);
    };
    const read = (bytes: Buffer) => {
      text += bytes.toString("latin1", 0, longest - text.length);
      const request = parseRequest(text, isLocal);
      if (request !== "incomplete") done(request);
      else if (text.length >= longest) done("bad");
    };
    socket.on("data", read);
    socket.once("end", () => done("closed"));
    socket.once("close", () => done("closed"));
  });
}

/** In bytes. Real requests have a few lines. */
const longest = 16_384;

function parseRequest(text: string, isLocal: boolean): Request | "incomplete" | "bad" {
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return "incomplete";
  const [first = "", ...fields] = text.slice(0, end.index).split(/\r?\n/);
  const [, method, target, minor] = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(first) ?? [];
  const headers = new Map<string, string>();
  for (const field of fields) {
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*?)[ \t]*$/.exec(field) ?? [];
    if (name === undefined || value === undefined) return "bad";
    headers.set(name.toLowerCase(), value);
  }
  if (method === undefined || target === undefined) return "bad";
  const length = headers.get("content-length") ?? "0";
  if (!/^\d{1,9}$/.test(length) || headers.has("transfer-encoding")) return "bad";
  const begin = end.index + end[0].length;
  const stop = begin + Number(length);
  if (text.length < stop) return "incomplete";
  const [path = ""] = target.split("?", 1);
  const query = target.slice(path.length + 1);
  const body = text.slice(begin, stop);
  return { method, path, query, headers, body, isLocal, takesChunks: minor === "1", hasMore: text.length > stop };
}

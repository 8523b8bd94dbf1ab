import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import * as z from "zod";
import { printable } from "../../decode/quote.ts";
import { Bytes } from "./bytes.ts";
import type { Connection, Credentials } from "./connection.ts";
import { accepted, encodingOf } from "./encoding.ts";
import { connectionTrouble, KubeError } from "./error.ts";

export type KubeRequest = {
  /** As in RBAC rules. */
  readonly verb: "list" | "watch" | "create" | "get";
  /** As in RBAC rules: `endpointslices`. */
  readonly resource: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON to post. */
  readonly body?: string;
};

export type SendOptions = {
  /** The media types to accept; JSON if there are none. */
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the start of the answer, including connecting. */
  readonly headersMs: number;
};

/**
 * Sends a request, and returns the answer when its body begins; the caller reads it to the end, or destroys it. If
 * credentials are refused, they are read again, once. If no answer comes, the next request uses the address that the
 * kubeconfig names by then. Throws a KubeError for any status but 2xx.
 */
export async function send(
  connection: Connection,
  request: KubeRequest,
  options: SendOptions,
): Promise<IncomingMessage> {
  const credentials = await connection.credentials();
  const response = await exchange(connection, credentials, request, options).catch((error: unknown) => {
    connection.followServer(credentials);
    throw error;
  });
  if (response.statusCode !== 401) return successful(connection, request, response);
  response.destroy();
  connection.renew(credentials);
  const retried = await exchange(connection, await connection.credentials(), request, options);
  return successful(connection, request, retried);
}

/** How long a body may take in total, and between two parts, in milliseconds. The second is evaluated after each part. */
export type Patience = { readonly all?: number; readonly part: () => number | undefined };

/** The parts of a body as they arrive. Throws a KubeError if it breaks off or takes too long. */
export async function* bodyParts(
  connection: Connection,
  request: KubeRequest,
  response: IncomingMessage,
  patience: Patience,
): AsyncGenerator<Buffer> {
  const giveUpAfter = (ms: number | undefined, what: string) =>
    ms === undefined
      ? undefined
      : setTimeout(() => response.destroy(new SilenceError(`${what} for ${ms / 1000} s`)), ms);
  const giveUpPart = () => giveUpAfter(patience.part(), "it was silent");
  const all = giveUpAfter(patience.all, "its answer took");
  let part = giveUpPart();
  try {
    for await (const bytes of response) {
      clearTimeout(part);
      yield bytes;
      part = giveUpPart();
    }
  } catch (error) {
    if (error instanceof SilenceError) connection.closeIdle();
    throw failure(connection, request, error);
  } finally {
    clearTimeout(all);
    clearTimeout(part);
  }
}

/** The cause of a KubeError if the server did not answer, or continue, in time. */
export class SilenceError extends Error {}

async function exchange(
  connection: Connection,
  credentials: Credentials,
  request: KubeRequest,
  options: SendOptions,
): Promise<IncomingMessage> {
  const { verb } = request;
  const method = verb === "create" ? "POST" : "GET";
  const began = performance.now();
  const tell = (code: number | undefined) =>
    connection.exchanged({ verb, method, code, milliseconds: performance.now() - began });
  try {
    const response = await answer(connection, credentials, { ...request, method }, options);
    tell(response.statusCode);
    return response;
  } catch (error) {
    tell(undefined);
    if (error instanceof SilenceError) connection.closeIdle();
    throw failure(connection, request, error);
  }
}

/** Node throws if a certificate or a token is invalid. The file may be half written. */
async function answer(
  connection: Connection,
  { options }: Credentials,
  { path, query, body, method }: KubeRequest & { readonly method: string },
  { accept = accepted.whole, signal, headersMs }: SendOptions,
): Promise<IncomingMessage> {
  const url = new URL(connection.server + path);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  const headers = {
    ...options.headers,
    "User-Agent": "kube-nft",
    Accept: accept,
    ...(body === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
  };
  const send = url.protocol === "http:" ? plainRequest : tlsRequest;
  return new Promise((resolve, reject) => {
    const sent = send(url, { ...options, headers, method, ...(signal ? { signal } : {}) });
    const silent = new SilenceError(`it has not answered for ${headersMs / 1000} s`);
    const timer = setTimeout(() => sent.destroy(silent), headersMs);
    sent.once("socket", (socket) => {
      // Detects within half a minute that the other host is gone: libuv sends ten probes, one per second, after the
      // delay.
      socket.setKeepAlive(true, keepAliveMs);
      connection.addresses.note(socket);
    });
    sent.once("response", (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    sent.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    sent.end(body);
  });
}

const keepAliveMs = 20_000;

function failure({ server }: Connection, { verb, resource }: KubeRequest, error: unknown): KubeError {
  return new KubeError(`cannot ${verb} ${resource} at ${server}: ${connectionTrouble(error)}`, { cause: error });
}

async function successful(
  connection: Connection,
  request: KubeRequest,
  response: IncomingMessage,
): Promise<IncomingMessage> {
  const { statusCode: status = 0 } = response;
  if (status >= 200 && status < 300) return response;
  const said = await statusMessage(response);
  const { verb, resource } = request;
  const retryAfter = Number(response.headers["retry-after"]);
  const retryAfterMs = retryAfter > 0 ? Math.min(retryAfter * 1000, maxRetryAfterMs) : undefined;
  const what = `cannot ${verb} ${resource} at ${connection.server}: ${statusTrouble(status, request)}`;
  throw new KubeError(said === "" ? what : `${what} (${said})`, { status, retryAfterMs });
}

/** No header may silence us for hours. */
const maxRetryAfterMs = 300_000;

function statusTrouble(status: number, { verb, resource }: KubeRequest): string {
  switch (status) {
    case 401:
      return "401, our credentials are wrong or have expired";
    case 403:
      return `403, forbidden; a ClusterRole bound to us must grant ${verb} on ${resource}`;
    case 404:
      return "404, this API server does not serve them";
    default:
      return String(status);
  }
}

const StatusObject = z.object({ message: z.string() });

/** The server's message, if it has the right form. Proxies on the way do not use it. */
async function statusMessage(response: IncomingMessage): Promise<string> {
  const body = await shortBody(response);
  try {
    const read = StatusObject.safeParse(encodingOf(response).object(body));
    return read.success ? printable(read.data.message) : "";
  } catch {
    return "";
  }
}

/** A body that should be short: what arrives within 5 s, up to 1 MB. Releases the connection. */
export async function shortBody(response: IncomingMessage): Promise<Buffer> {
  const bytes = new Bytes(maxShortBytes);
  const timer = setTimeout(() => response.destroy(), shortBodyMs);
  try {
    for await (const part of response) bytes.push(part);
  } catch {
    // The rest is not needed.
  } finally {
    clearTimeout(timer);
  }
  return bytes.take();
}

const maxShortBytes = 1 << 20;
const shortBodyMs = 5_000;

import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { json } from "node:stream/consumers";
import type { APIServer } from "./api-server.ts";
import type { Identity } from "./certificates.ts";
import type { Metadata } from "./store.ts";

/** As much of an answer as the tests look at. */
export type Body = {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: Partial<Metadata> & { readonly continue?: string; readonly remainingItemCount?: number };
  readonly items: readonly Item[];
  readonly code: number;
  readonly reason: string;
  readonly message: string;
};
export type Item = { readonly metadata: Metadata; readonly kind?: string; readonly spec?: unknown };
export type Event = { readonly type: string; readonly object: Item & { readonly code?: number } };

export type CallOptions = {
  readonly method?: string;
  readonly token?: string;
  readonly identity?: Identity;
  readonly body?: unknown;
};

/** A plain client of the API server for tests, for its own tests. */
export async function call(
  server: APIServer,
  path: string,
  options: CallOptions = {},
): Promise<Body & { status: number }> {
  const response = await open(server, path, options);
  const isJSON = response.headers["content-type"] === "application/json";
  const body = isJSON ? await json(response) : {};
  response.resume();
  return { ...(body as Body), status: response.statusCode ?? 0 };
}

/** The events of a watch, one by one; the last is followed by undefined. */
export async function watch(server: APIServer, path: string): Promise<() => Promise<Event | undefined>> {
  const response = await open(server, `${path}${path.includes("?") ? "&" : "?"}watch=true`, {});
  const events = lines(response);
  return async () => {
    const { value } = await events.next();
    return value === undefined ? undefined : JSON.parse(value);
  };
}

/** Names of listed objects. */
export function namesOf({ items }: Body): readonly string[] {
  return items.map(({ metadata }) => metadata.name);
}

async function* lines(response: IncomingMessage): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const part of response) {
    const texts = `${rest}${part}`.split("\n");
    rest = texts.pop() ?? "";
    yield* texts;
  }
}

function open(server: APIServer, path: string, options: CallOptions): Promise<IncomingMessage> {
  const { method = "GET", token = server.token, identity, body } = options;
  const tls = { ca: server.ca.cert, agent: new Agent(), ...identity };
  const headers = identity ? {} : { Authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { method, headers, ...tls }, resolve);
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

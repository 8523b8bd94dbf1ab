import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connections } from "./connections.ts";
import type { Faults, Match, Verb } from "./faults.ts";
import type { Store } from "./store.ts";
import type { OpenWatch } from "./watch.ts";

/** What requests are answered from. */
export type Served = {
  readonly store: Store;
  readonly faults: Faults;
  readonly connections: Connections;
  readonly tokens: Set<string>;
  /** What this cluster does not have: a resource, or (`services spec.clusterIP`) a field of one to select by. */
  readonly disabled: Set<string>;
  readonly forbidden: Match[];
  readonly watches: Set<OpenWatch>;
  readonly bookmarkMs: number;
  readonly log: (request: LoggedRequest) => void;
  /** Something has happened that somebody may wait for. */
  readonly changed: () => void;
};

/** A request as tests look at it. */
export type LoggedRequest = {
  readonly verb: Verb;
  /** Empty where nothing is served. */
  readonly resource: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage["headers"];
  /** Undefined where there was no answer, or not yet. */
  status: number | undefined;
};

/** One request and its answer. */
export type Exchange = {
  readonly served: Served;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly verb: Verb;
  readonly logged: LoggedRequest;
};

/** Begins the answer, and keeps it in the log. */
export function sendHead({ response, logged, served }: Exchange, code: number, contentType = "application/json"): void {
  logged.status = code;
  response.writeHead(code, { "Content-Type": contentType, "Cache-Control": "no-cache, private" });
  response.flushHeaders();
  served.changed();
}

/** The whole answer. */
export function sendJSON(exchange: Exchange, code: number, text: string): void {
  sendHead(exchange, code);
  exchange.response.end(text);
}

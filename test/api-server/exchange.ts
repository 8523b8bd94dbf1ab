import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connections } from "./connections.ts";
import type { Faults, Match, Verb } from "./faults.ts";
import { encode, envelope, protobufType } from "./protobuf.ts";
import type { Status } from "./status.ts";
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
  /** Resources that are answered in JSON, whatever is asked for. */
  readonly jsonOnly: Set<string>;
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
  /** Of the answer. */
  contentType?: string;
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
  logged.contentType = contentType;
  response.writeHead(code, { "Content-Type": contentType, "Cache-Control": "no-cache, private" });
  response.flushHeaders();
  served.changed();
}

/** Whether an answer is to be in protobuf: where the client likes it best, and this server has it. */
export function wantsProtobuf({ request, served, logged }: Exchange): boolean {
  return (request.headers.accept ?? "").startsWith(protobufType) && !served.jsonOnly.has(logged.resource);
}

/** An answer that says why there is no other. */
export function sendStatus(exchange: Exchange, status: Status): void {
  if (!wantsProtobuf(exchange)) {
    sendJSON(exchange, status.code, JSON.stringify(status));
    return;
  }
  sendHead(exchange, status.code, protobufType);
  exchange.response.end(envelope("v1", "Status", encode("Status", status)));
}

/** The whole answer. */
export function sendJSON(exchange: Exchange, code: number, text: string): void {
  sendHead(exchange, code);
  exchange.response.end(text);
}

import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { type Exchange, type LoggedRequest, type Served, sendHead, sendJSON, sendStatus } from "./exchange.ts";
import type { Fault, Verb } from "./faults.ts";
import { type Target, targetOf } from "./resources.ts";
import { BadSelector } from "./selectors.ts";
import { serve } from "./serve.ts";
import { Refusal, type Status, status } from "./status.ts";

/** Answers one request, or does with it what a fault demands. */
export async function answer(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "https://localhost");
  const target = targetOf(url.pathname);
  const verb = verbOf(request.method, url.searchParams, target);
  const logged: LoggedRequest = {
    verb,
    resource: target?.resource.name ?? (url.pathname === "/readyz" ? "readyz" : ""),
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    status: undefined,
  };
  const fault = served.faults.take(verb, logged.resource);
  served.log(logged);
  const exchange = { served, request, response, query: url.searchParams, verb, logged };
  try {
    if (served.connections.isFrozen(request.socket)) return;
    if (fault !== undefined && (await meet(fault, exchange))) return;
    await serve(exchange, target);
  } catch (error) {
    sendStatus(exchange, refusal(error));
  }
}

function verbOf(method: string | undefined, query: URLSearchParams, target: Target | undefined): Verb {
  if (method === "POST") return "create";
  if (method === "PATCH") return "patch";
  if (target === undefined || target.objectName !== undefined) return "get";
  return ["true", "1"].includes(query.get("watch") ?? "") ? "watch" : "list";
}

/** Whether nothing more is to be answered. */
async function meet(fault: Fault, exchange: Exchange): Promise<boolean> {
  const { request, response, served } = exchange;
  switch (fault.kind) {
    case "status": {
      const { code, retryAfterSeconds, message = "the test wants it so" } = fault;
      if (retryAfterSeconds !== undefined) response.setHeader("Retry-After", String(retryAfterSeconds));
      const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
      sendStatus(exchange, status(code, message, details));
      return true;
    }
    case "stall":
      return true;
    case "reset":
      served.connections.reset(request.socket);
      return true;
    case "text":
      sendJSON(exchange, 200, fault.text);
      return true;
    case "flood":
      sendHead(exchange, fault.code ?? 200);
      Readable.from(repeated(fault)).pipe(response);
      return true;
    case "page": {
      const token = fault.isNew ? served.faults.taken : "once-more";
      const metadata = { resourceVersion: "1", continue: `${token}` };
      sendJSON(exchange, 200, JSON.stringify({ kind: "List", apiVersion: "v1", metadata, items: fault.items }));
      return true;
    }
    case "truncate":
      sendHead(exchange, 200);
      response.write(fault.text, () => served.connections.reset(request.socket));
      return true;
    case "delay":
      await setTimeout(fault.ms);
      return false;
  }
}

function* repeated({ head, text, bytes }: Fault & { readonly kind: "flood" }): Generator<string> {
  yield head;
  for (let sent = head.length; sent < bytes; sent += text.length) yield text;
}

function refusal(error: unknown): Status {
  if (error instanceof Refusal) return error.status;
  if (error instanceof BadSelector) return status(400, error.message);
  return status(500, String(error));
}

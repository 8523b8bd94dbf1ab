import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import { createEvent, patchEvent } from "./events.ts";
import { type Exchange, type Served, sendHead, sendJSON, wantsProtobuf } from "./exchange.ts";
import { fits } from "./faults.ts";
import { listJSON, listPage, listProtobuf } from "./list.ts";
import { protobufType } from "./protobuf.ts";
import type { Target } from "./resources.ts";
import { fieldSelector, labelSelector, type Selector } from "./selectors.ts";
import { Refusal } from "./status.ts";
import { type Collection, fullJSON } from "./store.ts";
import { jsonStream, protobufStream, startWatch } from "./watch.ts";

/** Answers a request as the real server does. Throws a Refusal or a BadSelector where that is an error. */
export async function serve(exchange: Exchange, target: Target | undefined): Promise<void> {
  const { served, verb, request } = exchange;
  authenticate(served, request);
  if (exchange.logged.resource === "readyz") {
    sendHead(exchange, 200, "text/plain; charset=utf-8");
    exchange.response.end("ok");
    return;
  }
  if (target === undefined || served.disabled.has(target.resource.name)) {
    sendHead(exchange, 404, "text/plain; charset=utf-8");
    exchange.response.end("404 page not found\n");
    return;
  }
  authorize(exchange, target);
  const collection = served.store.collection(target.resource);
  switch (verb) {
    case "list":
      list(exchange, target, collection);
      return;
    case "watch":
      watch(exchange, target, collection);
      return;
    case "get":
      get(exchange, target, collection);
      return;
    case "create":
    case "patch": {
      const { name } = target.resource;
      if (name !== "events") throw new Refusal(405, "the server does not allow this method on the requested resource");
      const body: unknown = JSON.parse(await text(request));
      const event = (verb === "create" ? createEvent : patchEvent)(served.store, target, body);
      sendJSON(exchange, verb === "create" ? 201 : 200, JSON.stringify(event));
    }
  }
}

function authenticate({ tokens }: Served, { socket, headers }: IncomingMessage): void {
  const [, token = ""] = /^Bearer (.*)$/.exec(headers.authorization ?? "") ?? [];
  const hasCertificate = socket instanceof TLSSocket && socket.authorized;
  if (!tokens.has(token) && !hasCertificate) throw new Refusal(401, "Unauthorized");
}

function authorize({ served, verb }: Exchange, { resource, namespace }: Target): void {
  if (!served.forbidden.some((match) => fits(match, verb, resource.name))) return;
  const user = 'User "system:serviceaccount:kube-system:kube-nft"';
  const what = `cannot ${verb} resource "${resource.name}" in API group "${resource.group}"`;
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  throw new Refusal(403, `${resource.name} is forbidden: ${user} ${what} ${where}`);
}

function list(exchange: Exchange, target: Target, collection: Collection): void {
  const { query, served } = exchange;
  const options = {
    selects: selectorOf(exchange, target),
    hasSelector: query.has("labelSelector") || query.has("fieldSelector"),
    namespace: target.namespace,
    limit: Number(query.get("limit") ?? 0),
    continueToken: query.get("continue") ?? undefined,
    resourceVersion: query.get("resourceVersion") ?? undefined,
    resourceVersionMatch: query.get("resourceVersionMatch") ?? undefined,
  };
  const page = listPage(served.store, collection, options);
  const { resource } = collection;
  const bytes = wantsProtobuf(exchange) ? listProtobuf(resource, page) : undefined;
  if (bytes === undefined) {
    if (wantsProtobuf(exchange)) served.jsonOnly.add(resource.name);
    sendJSON(exchange, 200, listJSON(resource, page));
    return;
  }
  sendHead(exchange, 200, protobufType);
  exchange.response.end(bytes);
}

function watch(exchange: Exchange, target: Target, collection: Collection): void {
  const { query, served, request, response } = exchange;
  const options = {
    selects: selectorOf(exchange, target),
    namespace: target.namespace,
    resourceVersion: query.get("resourceVersion") ?? undefined,
    allowWatchBookmarks: query.get("allowWatchBookmarks") === "true",
    timeoutSeconds: Number(query.get("timeoutSeconds") ?? 1800),
    bookmarkMs: served.bookmarkMs,
  };
  const isProtobuf = wantsProtobuf(exchange);
  sendHead(exchange, 200, isProtobuf ? `${protobufType};stream=watch` : undefined);
  const isFrozen = () => served.connections.isFrozen(request.socket);
  const write = (bytes: string | Buffer) => isFrozen() || response.write(bytes);
  const end = () => isFrozen() || response.end();
  const encoding = isProtobuf ? protobufStream : jsonStream;
  const cannotSend = () => served.jsonOnly.add(collection.resource.name);
  const opened = startWatch(served.store, collection, { write, end, cannotSend, ...encoding }, options);
  served.watches.add(opened);
  response.on("close", () => {
    opened.stop();
    served.watches.delete(opened);
    served.changed();
  });
  served.changed();
}

function get(exchange: Exchange, { resource, namespace, objectName }: Target, { entries }: Collection): void {
  const entry = entries.get(namespace === undefined ? `${objectName}` : `${namespace}/${objectName}`);
  if (entry === undefined) throw new Refusal(404, `${resource.name} "${objectName}" not found`);
  sendJSON(exchange, 200, fullJSON(resource, entry));
}

function selectorOf({ query, served }: Exchange, { resource }: Target): Selector {
  const labels = labelSelector(query.get("labelSelector") ?? "");
  const offered = Object.entries(resource.fields).filter(
    ([field]) => !served.disabled.has(`${resource.name} ${field}`),
  );
  const fields = fieldSelector(query.get("fieldSelector") ?? "", Object.fromEntries(offered));
  return (entry) => labels(entry) && fields(entry);
}

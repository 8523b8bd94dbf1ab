import { encodeList } from "./protobuf.ts";
import { apiVersion, type Resource } from "./resources.ts";
import type { Selector } from "./selectors.ts";
import { Refusal } from "./status.ts";
import { type Collection, type Entry, protobufOf, type Store } from "./store.ts";

export type ListOptions = {
  readonly selects: Selector;
  readonly hasSelector: boolean;
  readonly namespace: string | undefined;
  /** 0: no limit. */
  readonly limit: number;
  readonly continueToken: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly resourceVersionMatch: string | undefined;
};

export type ListPage = { readonly metadata: object; readonly entries: readonly Entry[] };

/**
 * A list, or one page of it. All pages of a list are of one moment.
 *
 * As with the watch cache of the real server, a list "not older than" a version (0 is older than all) is answered from
 * memory, at once and without pages. https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
export function listPage(store: Store, collection: Collection, options: ListOptions): ListPage {
  const { selects, hasSelector, namespace } = options;
  const { start, resourceVersion, limit } = page(store, options);
  const entries = collection.at(resourceVersion);
  if (entries === undefined) {
    const what = options.continueToken === undefined ? "requested resource version" : "provided continue parameter";
    throw new Refusal(410, `The ${what} is too old to display a consistent list result.`);
  }
  const found: Entry[] = [];
  let index = entries.findIndex(({ key }) => key > start);
  for (; index >= 0 && index < entries.length; index++) {
    const entry = entries[index];
    if (entry === undefined || !selects(entry) || !isIn(namespace, entry)) continue;
    if (limit > 0 && found.length === limit) break;
    found.push(entry);
  }
  const last = found.at(-1);
  const rest = index < 0 ? 0 : entries.length - index;
  const metadata = {
    resourceVersion: String(resourceVersion),
    ...(rest > 0 && last !== undefined ? { continue: encodeToken({ resourceVersion, start: last.key }) } : {}),
    ...(rest > 0 && !hasSelector ? { remainingItemCount: rest } : {}),
  };
  return { metadata, entries: found };
}

export function listJSON(resource: Resource, { metadata, entries }: ListPage): string {
  const head = { kind: `${resource.kind}List`, apiVersion: apiVersion(resource), metadata };
  return `${JSON.stringify(head).slice(0, -1)},"items":[${entries.map(({ json }) => json).join(",")}]}`;
}

/** Undefined where one of the objects is none that the real server could hold. */
export function listProtobuf(resource: Resource, { metadata, entries }: ListPage): Buffer | undefined {
  const items = entries.map((entry) => protobufOf(resource, entry));
  if (!items.every((item) => item !== undefined)) return undefined;
  return encodeList(apiVersion(resource), resource.kind, metadata, items);
}

export function isIn(namespace: string | undefined, { fields }: Entry): boolean {
  return namespace === undefined || fields["metadata.namespace"] === namespace;
}

/** A resourceVersion of a request, as the server checks it. */
export function parseVersion(text: string): number {
  if (!/^\d+$/.test(text)) throw new Refusal(400, `Invalid value: "${text}": strconv.ParseUint: invalid syntax`);
  return Number(text);
}

type Page = { readonly start: string; readonly resourceVersion: number; readonly limit: number };

function page(store: Store, options: ListOptions): Page {
  const { limit, continueToken, resourceVersion: requested = "", resourceVersionMatch: match = "" } = options;
  const now = store.resourceVersion;
  if (continueToken !== undefined) {
    if (requested !== "" && requested !== "0") {
      throw new Refusal(400, "specifying resource version is not allowed when using continue");
    }
    return { ...decodeToken(continueToken), limit };
  }
  if (match !== "" && requested === "") {
    throw new Refusal(400, "resourceVersionMatch is forbidden unless resourceVersion is provided");
  }
  if (requested === "") return { start: "", resourceVersion: now, limit };
  const version = parseVersion(requested);
  if (match === "Exact" || (match === "" && limit > 0 && version > 0)) {
    return { start: "", resourceVersion: version, limit };
  }
  if (version > now) {
    const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
    throw new Refusal(504, `Too large resource version: ${version}, current: ${now}`, { retryAfterSeconds: 1, causes });
  }
  return { start: "", resourceVersion: now, limit: 0 };
}

type Token = { readonly resourceVersion: number; readonly start: string };

function encodeToken({ resourceVersion, start }: Token): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: resourceVersion, start })).toString("base64url");
}

function decodeToken(text: string): Token {
  try {
    const { rv, start } = JSON.parse(Buffer.from(text, "base64url").toString());
    if (typeof rv === "number" && typeof start === "string") return { resourceVersion: rv, start };
  } catch {
    // Refused below.
  }
  throw new Refusal(400, "continue key is not valid");
}

import { randomUUID } from "node:crypto";
import { encode } from "./protobuf.ts";
import { apiVersion, type Resource, type ResourceName, resourceOf, resources } from "./resources.ts";
import { Refusal } from "./status.ts";

/** Any object; nothing but its metadata matters here, so that wrong ones can be served too. */
export type KubernetesObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
};

export type Metadata = {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly [field: string]: unknown;
};

/** Which object is meant. */
export type Reference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Pick<Metadata, "name" | "namespace">;
};

/** An object in one version, as the text that is sent. */
export type Entry = {
  /** `namespace/name`, or the name: lists are in its order, as in etcd. */
  readonly key: string;
  readonly resourceVersion: number;
  readonly labels: Readonly<Record<string, string>>;
  /** The values of the fields that can be selected by; a missing one is empty. */
  readonly fields: Readonly<Record<string, string>>;
  /** JSON, without apiVersion and kind, as items of a list are. */
  readonly json: string;
};

export type Change = {
  readonly resourceVersion: number;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
};

/** The objects of one resource, and the changes that led to them as far back as they are kept. */
export class Collection {
  readonly resource: Resource;
  readonly entries = new Map<string, Entry>();
  readonly watchers = new Set<(change: Change) => void>();
  /** Changes up to this resourceVersion are forgotten. */
  compacted = 0;
  #history: Change[] = [];
  #sorted: { readonly resourceVersion: number; readonly entries: readonly Entry[] } | undefined;

  constructor(resource: Resource) {
    this.resource = resource;
  }

  /** Newer ones than a resourceVersion; undefined where some of them are forgotten. */
  changesSince(resourceVersion: number): readonly Change[] | undefined {
    if (resourceVersion < this.compacted) return undefined;
    const first = this.#history.findLastIndex((change) => change.resourceVersion <= resourceVersion) + 1;
    return this.#history.slice(first);
  }

  /** All objects as they were at a resourceVersion, in the order of their keys; undefined where that is forgotten. */
  at(resourceVersion: number): readonly Entry[] | undefined {
    if (this.#sorted?.resourceVersion === resourceVersion) return this.#sorted.entries;
    const newer = this.changesSince(resourceVersion);
    if (newer === undefined) return undefined;
    const entries = new Map(this.entries);
    for (const { before, after } of newer.toReversed()) {
      if (before !== undefined) entries.set(before.key, before);
      else if (after !== undefined) entries.delete(after.key);
    }
    const sorted = [...entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    this.#sorted = { resourceVersion, entries: sorted };
    return sorted;
  }

  record(change: Change, historyLimit: number): void {
    const { before, after } = change;
    if (after !== undefined) this.entries.set(after.key, after);
    else if (before !== undefined) this.entries.delete(before.key);
    this.#history.push(change);
    // Cut in large pieces, as each cut moves the whole list.
    if (this.#history.length > historyLimit * 2) this.#forget(this.#history.length - historyLimit);
    for (const watcher of this.watchers) watcher(change);
  }

  compact(resourceVersion: number): void {
    this.#forget(this.#history.findLastIndex((change) => change.resourceVersion <= resourceVersion) + 1);
    this.compacted = Math.max(this.compacted, resourceVersion);
    this.#sorted = undefined;
  }

  #forget(count: number): void {
    const last = this.#history[count - 1];
    if (last === undefined) return;
    this.compacted = last.resourceVersion;
    this.#history = this.#history.slice(count);
  }
}

/** The state of the cluster, with one counter of versions for all of it, as etcd has. */
export class Store {
  readonly collections: ReadonlyMap<string, Collection> = new Map(
    Object.values(resources).map((resource) => [resource.name, new Collection(resource)]),
  );
  readonly #historyLimit: number;
  #resourceVersion = 100;

  /** @param historyLimit how many changes of each resource are kept at least */
  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit;
  }

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  collection(name: ResourceName | Resource): Collection {
    const collection = this.collections.get(typeof name === "string" ? name : name.name);
    if (collection === undefined) throw new Error(`no such resource: ${name}`);
    return collection;
  }

  get(reference: Reference): KubernetesObject | undefined {
    const { resource, entries } = this.collection(resourceOf(reference));
    const entry = entries.get(keyOf(resource, reference.metadata));
    return entry && JSON.parse(fullJSON(resource, entry));
  }

  /** Creates or replaces an object; returns its resourceVersion, which stays where nothing has changed. */
  put(object: KubernetesObject): number {
    const resource = resourceOf(object);
    const collection = this.collection(resource);
    const key = keyOf(resource, object.metadata);
    const before = collection.entries.get(key);
    const old: Stored | undefined = before && JSON.parse(before.json);
    const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
    const { status: _status, ...spec } = rest;
    const { metadata: oldMetadata, status: _oldStatus, ...oldSpec } = old ?? { metadata: {} };
    const isSameSpec = old !== undefined && JSON.stringify(spec) === JSON.stringify(oldSpec);
    const {
      name,
      namespace,
      uid,
      resourceVersion: _version,
      generation: _generation,
      creationTimestamp,
      ...others
    } = metadata;
    const kept = {
      name,
      ...(resource.namespaced ? { namespace: namespace ?? "default" } : {}),
      uid: uid ?? oldMetadata.uid ?? randomUUID(),
      resourceVersion: "",
      generation: old === undefined ? 1 : (oldMetadata.generation ?? 1) + (isSameSpec ? 0 : 1),
      creationTimestamp: creationTimestamp ?? oldMetadata.creationTimestamp ?? timestamp(),
      ...others,
    };
    if (before !== undefined) {
      const same = JSON.stringify({ metadata: versioned(kept, before.resourceVersion), ...rest });
      if (same === before.json) return before.resourceVersion;
    }
    this.#resourceVersion++;
    const after = entryOf(resource, key, { metadata: versioned(kept, this.#resourceVersion), ...rest });
    collection.record({ resourceVersion: this.#resourceVersion, before, after }, this.#historyLimit);
    return this.#resourceVersion;
  }

  /** Changes an object by a JSON merge patch (RFC 7386). */
  patch(reference: Reference, patch: unknown): number {
    const object = this.get(reference);
    if (object === undefined) throw new Refusal(404, `${reference.kind} ${reference.metadata.name} not found`);
    return this.put(mergePatch(object, patch) as KubernetesObject);
  }

  delete(reference: Reference): number {
    const resource = resourceOf(reference);
    const collection = this.collection(resource);
    const before = collection.entries.get(keyOf(resource, reference.metadata));
    if (before === undefined) throw new Refusal(404, `${resource.name} "${reference.metadata.name}" not found`);
    this.#resourceVersion++;
    collection.record({ resourceVersion: this.#resourceVersion, before, after: undefined }, this.#historyLimit);
    return this.#resourceVersion;
  }

  /** Forgets all changes up to now, so that who comes with an older resourceVersion gets 410. */
  compact(): void {
    // The counter moves on, as it does in a cluster where other things change too.
    this.#resourceVersion++;
    for (const collection of this.collections.values()) collection.compact(this.#resourceVersion);
  }
}

/** As it is sent alone or in a watch: with apiVersion and kind. */
export function fullJSON(resource: Resource, entry: Entry): string {
  return `{"kind":"${resource.kind}","apiVersion":"${apiVersion(resource)}",${entry.json.slice(1)}`;
}

const encoded = new WeakMap<Entry, Uint8Array | "none">();

/** Undefined where it is no object that the real server could hold. */
export function protobufOf({ kind }: Resource, entry: Entry): Uint8Array | undefined {
  const known = encoded.get(entry) ?? encodeEntry(kind, entry);
  encoded.set(entry, known);
  return known === "none" ? undefined : known;
}

function encodeEntry(kind: string, { json }: Entry): Uint8Array | "none" {
  try {
    return encode(kind, JSON.parse(json));
  } catch {
    return "none";
  }
}

/** The last state of an object that has gone, with the resourceVersion of its going. */
export function withResourceVersion(resource: Resource, entry: Entry, resourceVersion: number): Entry {
  const { metadata, ...rest }: Stored = JSON.parse(entry.json);
  return entryOf(resource, entry.key, { metadata: versioned(metadata, resourceVersion), ...rest });
}

type Stored = { readonly metadata: Partial<Metadata>; readonly [field: string]: unknown };

function keyOf(
  { namespaced }: Resource,
  { namespace = "default", name }: Pick<Metadata, "name" | "namespace">,
): string {
  return namespaced ? `${namespace}/${name}` : name;
}

function entryOf(resource: Resource, key: string, object: Stored): Entry {
  const { resourceVersion, labels } = object.metadata;
  const fields = Object.entries(resource.fields).map(([name, path]) => [name, textAt(object, path)]);
  return {
    key,
    resourceVersion: Number(resourceVersion),
    labels: isRecord(labels) ? labels : {},
    fields: Object.fromEntries(fields),
    json: JSON.stringify(object),
  };
}

function textAt(object: unknown, path: readonly string[]): string {
  let value = object;
  for (const field of path) value = isRecord(value) ? value[field] : undefined;
  return typeof value === "string" ? value : "";
}

function versioned(metadata: Partial<Metadata>, resourceVersion: number): Partial<Metadata> {
  return { ...metadata, resourceVersion: String(resourceVersion) };
}

function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+/, "");
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged = isRecord(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else merged[field] = mergePatch(merged[field], value);
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

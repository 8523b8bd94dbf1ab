import * as z from "zod";
import { printable } from "../../decode/quote.ts";
import { errorText } from "./error.ts";
import type { Resource } from "./resources.ts";
import type { ReflectorSink } from "./sink.ts";

const Identified = z.object({
  metadata: z.object({
    name: z.string().min(1).max(253),
    namespace: z.string().max(253).nullish(),
  }),
});

const Versioned = z.object({ metadata: z.object({ resourceVersion: z.string().min(1).max(1024) }) });

/** The version in an object's metadata; undefined if it has none. */
export function versionOf(object: unknown): string | undefined {
  const read = Versioned.safeParse(object);
  return read.success ? read.data.metadata.resourceVersion : undefined;
}

/**
 * The objects of a resource and their versions, and what each list and event changes. The sink stores the objects; only
 * keys and versions are here.
 */
export class Replica<T extends object> {
  readonly #resource: Resource;
  readonly #reduce: (object: unknown) => T;
  readonly #sink: ReflectorSink<T>;
  readonly #versions = new Map<string, string>();
  #isSynced = false;

  constructor(resource: Resource, reduce: (object: unknown) => T, sink: ReflectorSink<T>) {
    this.#resource = resource;
    this.#reduce = reduce;
    this.#sink = sink;
  }

  /** Collects a list, which takes effect when it is complete. */
  list(): { add(object: unknown): void; clear(): void; complete(): void } {
    const versions = new Map<string, string>();
    const changed = new Map<string, T>();
    return {
      add: (object) => {
        const read = this.#read(object);
        if (read === undefined) return;
        versions.set(read.key, read.version);
        if (read.changed === undefined) changed.delete(read.key);
        else changed.set(read.key, read.changed);
      },
      clear: () => {
        versions.clear();
        changed.clear();
      },
      complete: () => this.#replace(versions, changed),
    };
  }

  upsert(object: unknown): void {
    const read = this.#read(object);
    if (read?.changed === undefined) return;
    this.#versions.set(read.key, read.version);
    this.#sink.upserted(read.key, read.changed);
  }

  delete(object: unknown): void {
    const key = this.#keyOf(object);
    if (key !== undefined && this.#versions.delete(key)) this.#sink.deleted(key);
  }

  malformed(what: string): void {
    this.#sink.report({ kind: "malformed", message: printable(`${this.#resource.kind} ${what}`) });
  }

  #replace(versions: ReadonlyMap<string, string>, changed: ReadonlyMap<string, T>): void {
    for (const key of this.#versions.keys()) {
      if (versions.has(key)) continue;
      this.#versions.delete(key);
      this.#sink.deleted(key);
    }
    // Strings that are already keys are reused.
    for (const [key, version] of versions) this.#versions.set(key, version);
    for (const [key, object] of changed) this.#sink.upserted(key, object);
    this.#sink.report({ kind: "listed", count: versions.size });
    if (this.#isSynced) return;
    this.#isSynced = true;
    this.#sink.synced();
  }

  /** Undefined if it cannot be an object. */
  #read(object: unknown): Read<T> | undefined {
    const key = this.#keyOf(object);
    if (key === undefined) return undefined;
    const known = this.#versions.get(key);
    const version = versionOf(object) ?? "";
    if (version !== "" && version === known) return { key, version, changed: undefined };
    try {
      return { key, version, changed: this.#reduce(object) };
    } catch (error) {
      this.malformed(`${key} cannot be read: ${errorText(error)}`);
      return known === undefined ? undefined : { key, version: known, changed: undefined };
    }
  }

  #keyOf(object: unknown): string | undefined {
    const read = Identified.safeParse(object);
    if (read.success) return keyOf(read.data.metadata);
    this.malformed("has no name that could be one");
    return undefined;
  }
}

/** An object as received. The version is empty if it has none; undefined if the object is unchanged or cannot be read. */
type Read<T> = { readonly key: string; readonly version: string; readonly changed: T | undefined };

function keyOf({ name, namespace }: { readonly name: string; readonly namespace?: string | null | undefined }): string {
  // Unlike a template, this makes one string of the two.
  return namespace ? [namespace, name].join("/") : name;
}

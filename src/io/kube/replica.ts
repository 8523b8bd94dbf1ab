import * as z from "zod";
import { printable } from "../../decode/quote.ts";
import { errorText } from "./error.ts";
import type { Resource } from "./resources.ts";
import type { ReflectorSink } from "./sink.ts";

/** One object in the form that is kept. */
type Held<T> = { readonly resourceVersion: string | undefined; readonly object: T };

const Identified = z.object({
  metadata: z.object({
    name: z.string().min(1).max(253),
    namespace: z.string().max(253).nullish(),
  }),
});

const Versioned = z.object({ metadata: z.object({ resourceVersion: z.string().min(1).max(1024) }) });

/** The version in an object's metadata; undefined where it has none. */
export function versionOf(object: unknown): string | undefined {
  const read = Versioned.safeParse(object);
  return read.success ? read.data.metadata.resourceVersion : undefined;
}

/** The objects of a resource in the form that is kept of them, and the difference that each list and event makes. */
export class Replica<T> {
  readonly #resource: Resource;
  readonly #reduce: (object: unknown) => T;
  readonly #sink: ReflectorSink<T>;
  #held = new Map<string, Held<T>>();
  #isSynced = false;

  constructor(resource: Resource, reduce: (object: unknown) => T, sink: ReflectorSink<T>) {
    this.#resource = resource;
    this.#reduce = reduce;
    this.#sink = sink;
  }

  /** Collects a list, and takes its place once it is complete. */
  list(): { add(object: unknown): void; clear(): void; complete(): void } {
    const listed = new Map<string, Held<T>>();
    return {
      add: (object) => {
        const key = this.#keyOf(object);
        const held = key === undefined ? undefined : this.#reduced(key, object);
        if (key !== undefined && held !== undefined) listed.set(key, held);
      },
      clear: () => listed.clear(),
      complete: () => this.#replace(listed),
    };
  }

  upsert(object: unknown): void {
    const key = this.#keyOf(object);
    if (key === undefined) return;
    const held = this.#reduced(key, object);
    if (held === undefined || held === this.#held.get(key)) return;
    this.#held.set(key, held);
    this.#sink.upserted(key, held.object);
  }

  delete(object: unknown): void {
    const key = this.#keyOf(object);
    if (key !== undefined && this.#held.delete(key)) this.#sink.deleted(key);
  }

  malformed(what: string): void {
    this.#sink.report({ kind: "malformed", message: printable(`${this.#resource.kind} ${what}`) });
  }

  #replace(listed: Map<string, Held<T>>): void {
    const before = this.#held;
    this.#held = listed;
    for (const key of before.keys()) if (!listed.has(key)) this.#sink.deleted(key);
    for (const [key, held] of listed) if (held !== before.get(key)) this.#sink.upserted(key, held.object);
    this.#sink.report({ kind: "listed", count: listed.size });
    if (this.#isSynced) return;
    this.#isSynced = true;
    this.#sink.synced();
  }

  #keyOf(object: unknown): string | undefined {
    const read = Identified.safeParse(object);
    if (read.success) return keyOf(read.data.metadata);
    this.malformed("has no name that could be one");
    return undefined;
  }

  /** What is held already, where the object has not changed since, and where it cannot be reduced. */
  #reduced(key: string, object: unknown): Held<T> | undefined {
    const held = this.#held.get(key);
    const resourceVersion = versionOf(object);
    if (held !== undefined && resourceVersion !== undefined && held.resourceVersion === resourceVersion) return held;
    try {
      return { resourceVersion, object: this.#reduce(object) };
    } catch (error) {
      this.malformed(`${key} cannot be read: ${errorText(error)}`);
      return held;
    }
  }
}

function keyOf({ name, namespace }: { readonly name: string; readonly namespace?: string | null | undefined }): string {
  return namespace ? `${namespace}/${name}` : name;
}

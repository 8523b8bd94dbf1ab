import { backoff } from "../../daemon/backoff.ts";
import type { Connection } from "./connection.ts";
import { KubeError } from "./error.ts";
import { readList } from "./list.ts";
import { defaultReflectorSettings, type ReflectorClock, type ReflectorSettings, systemClock } from "./pace.ts";
import type { Readiness } from "./readiness.ts";
import { Replica, versionOf } from "./replica.ts";
import { SilenceError } from "./request.ts";
import type { Resource } from "./resources.ts";
import type { EndCause, ReflectorSink } from "./sink.ts";
import { openWatch } from "./watch.ts";
import type { WatchEvent } from "./watch-event.ts";

export type ReflectorOptions<T extends object> = {
  readonly connection: Connection;
  readonly readiness: Readiness;
  readonly resource: Resource;
  /** Reduces an object to what is kept. If it throws, the object is reported and its previous form stays. */
  readonly reduce: (object: unknown) => T;
  readonly sink: ReflectorSink<T>;
  readonly settings?: Partial<ReflectorSettings> | undefined;
  readonly clock?: ReflectorClock | undefined;
};

/**
 * Keeps a sink informed of all objects of a resource, whatever happens to the API server and the connection.
 *
 * Objects are reduced when they arrive; the sink stores what is left. An unchanged object is not reported again, not even
 * after a repeated list.
 */
export class Reflector<T extends object> {
  readonly #connection: Connection;
  readonly #readiness: Readiness;
  readonly #resource: Resource;
  readonly #replica: Replica<T>;
  readonly #sink: ReflectorSink<T>;
  readonly #settings: ReflectorSettings;
  readonly #clock: ReflectorClock;
  /** The last version that the server reported; undefined before the first list. */
  #resourceVersion: string | undefined;
  #mustList = true;
  #isFirstList = true;
  /** Failures in a row while the server was reachable. */
  #failures = 0;
  /** Whether the open watch has delivered anything. */
  #hasHeard = false;

  constructor({ connection, readiness, resource, reduce, sink, settings, clock = systemClock }: ReflectorOptions<T>) {
    this.#connection = connection;
    this.#readiness = readiness;
    this.#resource = resource;
    this.#replica = new Replica(resource, reduce, sink);
    this.#sink = sink;
    this.#settings = { ...defaultReflectorSettings, ...settings };
    this.#clock = clock;
  }

  /** Lists and watches until the signal is aborted. Rejects only if the sink throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#mustList) await this.#list(signal);
        await this.#watch(signal);
      } catch (error) {
        if (!signal.aborted) await this.#failed(error, signal);
      }
    }
  }

  /** The first list may be of any state, and later ones of any state not older than what we know, which caches have. */
  async #list(signal: AbortSignal): Promise<void> {
    const { pageSize: limit, spreadMs } = this.#settings;
    if (!this.#isFirstList) await this.#clock.sleep(this.#clock.random() * spreadMs, signal);
    this.#isFirstList = false;
    const last = this.#resourceVersion;
    try {
      // With a limit, a version other than 0 would mean exactly that version, which the server may no longer have.
      await this.#read(last === undefined ? { resourceVersion: "0", limit } : { resourceVersion: last }, signal);
    } catch (error) {
      if (!hasStatus(error, 410, 504)) throw error;
      // The server has only older states, as after a restored backup: use its newest one.
      await this.#read({ limit }, signal);
    }
    this.#mustList = false;
  }

  async #read(
    version: { readonly resourceVersion?: string; readonly limit?: number },
    signal: AbortSignal,
  ): Promise<void> {
    const list = this.#replica.list();
    this.#resourceVersion = await readList(this.#connection, this.#resource, {
      ...version,
      wants: "read",
      signal,
      silenceMs: this.#settings.silenceMs,
      onItem: list.add,
      onMalformed: (text) => this.#replica.malformed(`in a list cannot be read: ${text.slice(0, 200)}`),
      onRestart: list.clear,
    });
    list.complete();
  }

  /** Until it ends, and all may continue. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { timeoutSeconds, marginMs, silenceMs: headersMs } = this.#settings;
    const groups = await openWatch(this.#connection, this.#resource, {
      resourceVersion: this.#resourceVersion ?? "",
      timeoutSeconds: timeoutSeconds * (1 + this.#clock.random()),
      marginMs,
      headersMs,
      signal,
    });
    this.#sink.report({ kind: "watching" });
    this.#hasHeard = false;
    const opened = this.#clock.now();
    const end = await this.#follow(groups, signal);
    // A server that ends each watch at once must not be asked again without a delay.
    const hasWorked = this.#hasHeard || this.#clock.now() - opened >= workingMs;
    const { cause, error } = end.cause === "closed" && !hasWorked ? this.#endedWith("nothing") : end;
    this.#sink.report({ kind: "ended", cause, error });
    if (cause === "expired") this.#mustList = true;
    if (hasWorked) this.#failures = 0;
    if (cause !== "closed") await this.#recover(error, signal);
  }

  async #follow(groups: AsyncIterable<readonly WatchEvent[]>, signal: AbortSignal): Promise<End> {
    try {
      for await (const group of groups) {
        this.#sink.heard?.();
        for (const event of group) {
          if (signal.aborted) break;
          const end = this.#apply(event);
          if (end !== undefined) return end;
        }
      }
      return { cause: "closed", error: undefined };
    } catch (error) {
      if (signal.aborted || !(error instanceof KubeError)) throw error;
      // Without a cause, the message is about the data that we received.
      if (error.cause === undefined) return { cause: "error", error };
      return { cause: error.cause instanceof SilenceError ? "silent" : "cut", error };
    }
  }

  #apply(event: WatchEvent): End | undefined {
    switch (event.kind) {
      case "upserted":
        this.#replica.upsert(event.object);
        break;
      case "deleted":
        this.#replica.delete(event.object);
        break;
      case "bookmark":
        break;
      case "malformed":
        this.#replica.malformed(`in a watch is not an event: ${event.text.slice(0, 200)}`);
        // What it would have reported is found by a list when this watch ends.
        this.#mustList = true;
        return undefined;
      case "error":
        return this.#endedWith(`${event.code} (${event.message})`, event.code);
    }
    this.#resourceVersion = versionOf(event.object) ?? this.#resourceVersion;
    this.#hasHeard = true;
    return undefined;
  }

  #endedWith(what: string, status?: number): End {
    const message = `the watch of ${this.#resource.name} at ${this.#connection.server} ended with ${what}`;
    return { cause: status === 410 ? "expired" : "error", error: new KubeError(message, { status }) };
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    if (!(error instanceof KubeError)) throw error;
    if (this.#resource.optional && error.status === 404) {
      const retryMs = this.#settings.absentMs;
      this.#mustList = true;
      this.#replica.list().complete();
      this.#sink.report({ kind: "absent", retryMs });
      await this.#clock.sleep(retryMs, signal);
      return;
    }
    // The version at which the watch was to continue is no longer valid, or the resource is gone.
    if (hasStatus(error, 400, 404, 410)) this.#mustList = true;
    this.#sink.report({ kind: "failed", error });
    await this.#recover(error, signal);
  }

  /** Until a retry makes sense: at once if the server is reachable, and later with each failure in a row. */
  async #recover(error: KubeError | undefined, signal: AbortSignal): Promise<void> {
    this.#failures++;
    // An expired version is normal, but not right after a list.
    if (hasStatus(error, 410) && this.#failures === 1) return;
    if (await this.#readiness.wait(signal)) {
      this.#failures = 0;
      return;
    }
    const retryAfterMs = error?.retryAfterMs;
    if (retryAfterMs === undefined && this.#failures === 1) return;
    const pauseMs = backoff(Math.max(1, this.#failures - 1), this.#settings.backoff, this.#clock.random);
    await this.#clock.sleep((retryAfterMs ?? 0) + pauseMs, signal);
  }
}

type End = { readonly cause: EndCause; readonly error: KubeError | undefined };

/** A watch that was open for this long worked, even if it had nothing to report. */
const workingMs = 1_000;

function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof KubeError && error.status !== undefined && statuses.includes(error.status);
}

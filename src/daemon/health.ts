import { type Family, families, familyName } from "../model/address.ts";
import type { Node } from "../model/node.ts";

/** The answer of a health page: the HTTP status and the JSON body. */
export type HealthAnswer = { readonly code: 200 | 503; readonly body: object };

/**
 * `livez`: this process keeps the kernel up to date. `healthz`: the node should also get traffic from load balancers
 * (KEP-3836).
 */
export type HealthPage = "healthz" | "livez";

/** There is no Node object; it waits for its finalizers; the Cluster Autoscaler is about to remove the machine. */
export type Ineligibility = (typeof ineligibilities)[number];

export const ineligibilities = ["no Node", "being deleted", "being scaled down"] as const;

export type HealthOptions = {
  /** The families whose tables are kept. */
  readonly families: readonly Family[];
  /**
   * How long, in milliseconds, a change may wait before it is in the kernel, and watches may fail before pages report it.
   * kube-proxy uses 2 x syncPeriod.
   */
  readonly patience: number;
  /** Milliseconds, which only increase. */
  readonly now: () => number;
  /** Converts a time of `now` to milliseconds since 1970; by default, `now` already returns that. */
  readonly timeOfDay?: (time: number) => number;
  /**
   * What this host does not support, in words. It does not change the status, because sending traffic elsewhere would not
   * help.
   */
  readonly lacks?: readonly string[];
};

/**
 * Whether this node's service proxy works.
 *
 * A family is healthy once its first sync has succeeded, as long as no change has waited longer than `patience` for a
 * sync. Without the first condition, a process that never got its first lists would seem healthy.
 */
export class Health {
  readonly #options: HealthOptions;
  readonly #started: number;
  readonly #syncs: ReadonlyMap<Family, SyncTimes>;
  /** The resources that cannot be read from the API server, and since when. */
  readonly #unread = new Map<string, number>();
  #node: Node | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#started = options.now();
    this.#syncs = new Map(options.families.map((family) => [family, {}]));
  }

  /** Something has changed that the family's table does not have yet. */
  requested(family: Family): void {
    const times = this.#syncs.get(family);
    if (!times) return;
    times.latestRequest = this.#options.now();
    times.oldestRequest ??= times.latestRequest;
  }

  /** A sync that began at a time has succeeded. Later requests keep waiting. */
  synced(family: Family, began: number): void {
    const times = this.#syncs.get(family);
    if (!times) return;
    times.synced = this.#options.now();
    const waits = times.latestRequest !== undefined && times.latestRequest > began;
    times.oldestRequest = waits ? Math.max(began, times.oldestRequest ?? began) : undefined;
  }

  /** A resource can be read from the API server, or not. */
  setRead(resource: string, isRead: boolean): void {
    if (isRead) this.#unread.delete(resource);
    else if (!this.#unread.has(resource)) this.#unread.set(resource, this.#options.now());
  }

  /** The present Node; undefined if there is none, or none is known yet. */
  setNode(node: Node | undefined): void {
    this.#node = node;
  }

  /** Whether every family is healthy. The Node does not count. */
  get isHealthy(): boolean {
    return [...this.#syncs.values()].every((times) => this.#isHealthy(times));
  }

  /** The same for one family. */
  isFamilyHealthy(family: Family): boolean {
    const times = this.#syncs.get(family);
    return times !== undefined && this.#isHealthy(times);
  }

  /** Why load balancers must send no new traffic to this node; undefined if they may. */
  get ineligibility(): Ineligibility | undefined {
    if (this.#node === undefined) return "no Node";
    if (this.#node.isBeingDeleted) return "being deleted";
    return this.#node.taints.includes(evictionTaint) ? "being scaled down" : undefined;
  }

  answer(page: HealthPage): HealthAnswer {
    const { now: clock, timeOfDay = (each) => each, lacks = [] } = this.#options;
    const time = (each: number) => dateTime(timeOfDay(each));
    const now = clock();
    const healthy = this.isHealthy;
    const nodeEligible = this.ineligibility === undefined;
    const isFine = healthy && (page === "livez" || nodeEligible);
    const latest = Math.max(...[...this.#syncs.values()].map(({ synced }) => synced ?? this.#started));
    const status = families.flatMap((family) => {
      const times = this.#syncs.get(family);
      const entry = times && { lastUpdated: time(times.synced ?? this.#started), healthy: this.#isHealthy(times) };
      return entry ? [[familyName(family), entry] as const] : [];
    });
    const body = {
      lastUpdated: time(isFine ? now : latest),
      currentTime: time(now),
      ...(page === "healthz" ? { nodeEligible } : {}),
      healthy,
      status: Object.fromEntries(status),
      ...this.#watches(time),
      ...(lacks.length > 0 ? { lacks } : {}),
    };
    return { code: isFine ? 200 : 503, body };
  }

  /**
   * It does not change the status: the last known state is served, and neither a restart nor another node would know more.
   */
  #watches(time: (each: number) => string): object {
    const { now, patience } = this.#options;
    const since = Math.min(...this.#unread.values());
    if (now() - since < patience || this.#unread.size === 0) return {};
    return { watches: { healthy: false, failingSince: time(since), failing: [...this.#unread.keys()].sort() } };
  }

  #isHealthy({ synced, oldestRequest }: SyncTimes): boolean {
    const { now, patience } = this.#options;
    return synced !== undefined && (oldestRequest === undefined || now() - oldestRequest < patience);
  }
}

/** The Cluster Autoscaler puts this taint on a Node that it is about to remove. */
const evictionTaint = "ToBeDeletedByClusterAutoscaler";

type SyncTimes = { synced?: number; oldestRequest?: number | undefined; latestRequest?: number };

/** RFC 3339, as Kubernetes writes times. */
function dateTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

import { type Family, families, familyName } from "../model/address.ts";
import type { Node } from "../model/node.ts";

/** What a health page answers: the HTTP status and the JSON of the body. */
export type HealthAnswer = { readonly code: 200 | 503; readonly body: object };

/**
 * `livez`: this process keeps the kernel up to date. `healthz`: and the node is to get traffic from load balancers
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
   * For how long a change may wait for its way into the kernel, and watches may fail until pages tell, in milliseconds:
   * kube-proxy takes 2 x syncPeriod.
   */
  readonly patience: number;
  /** Milliseconds, which only ever grow. */
  readonly now: () => number;
  /** In milliseconds since 1970, the time that `now` told; without it, `now` tells that. */
  readonly timeOfDay?: (time: number) => number;
  /** What this host cannot do, in words. Nobody can do anything about it by sending traffic elsewhere: it changes no code. */
  readonly lacks?: readonly string[];
};

/**
 * Whether this node's service proxy works.
 *
 * A family is healthy once its first sync has succeeded, as long as no change has waited longer than `patience` for one.
 * Before that, a process that never got its first lists would pass for healthy.
 */
export class Health {
  readonly #options: HealthOptions;
  readonly #started: number;
  readonly #syncs: ReadonlyMap<Family, SyncTimes>;
  /** The resources that cannot be read from the API server, with the time since when. */
  readonly #unread = new Map<string, number>();
  #node: Node | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#started = options.now();
    this.#syncs = new Map(options.families.map((family) => [family, {}]));
  }

  /** Something has changed that is to get into the family's table. */
  requested(family: Family): void {
    const times = this.#syncs.get(family);
    if (!times) return;
    times.latestRequest = this.#options.now();
    times.oldestRequest ??= times.latestRequest;
  }

  /** A sync that began at a time has succeeded. What was requested since then goes on waiting. */
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

  /** The Node as it is now; undefined where there is none, or none is known yet. */
  setNode(node: Node | undefined): void {
    this.#node = node;
  }

  /** Every family is healthy. The Node does not count. */
  get isHealthy(): boolean {
    return [...this.#syncs.values()].every((times) => this.#isHealthy(times));
  }

  /** The same of one family. */
  isFamilyHealthy(family: Family): boolean {
    const times = this.#syncs.get(family);
    return times !== undefined && this.#isHealthy(times);
  }

  /** Why load balancers are to send nothing new to this node; undefined where they may. */
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

  /** It changes no code: what was last known is served, and neither a restart nor other nodes would know more. */
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

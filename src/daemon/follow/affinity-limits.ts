import type { Family } from "../../model/address.ts";
import type { Protocol } from "../../model/port.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { RememberedClient } from "../../netlink/affinity.ts";
import { type Backoff, backoff, kernelBackoff } from "../backoff.ts";
import { type Clock, Coalescer } from "../coalescer.ts";
import type { AffinityMemory } from "./affinity.ts";

export type AffinityLimitEvents = {
  clientsCounted(family: Family, protocol: Protocol, clients: number): void;
  /** A Service has so many remembered clients that there is little room for others: for a while, no more are remembered. */
  clientsLimited(family: Family, service: ObjectKey, clients: number, milliseconds: number): void;
  clientsUnlimited(family: Family, service: ObjectKey): void;
  countFailed(family: Family, error: unknown, retryInMilliseconds: number, isNew: boolean): void;
};

export type AffinityLimitsOptions = {
  readonly family: Family;
  readonly affinity: Pick<AffinityMemory, "forget" | "watchCounts">;
  /** The capacity of a map, in clients. */
  readonly capacity: number;
  /** Returns a function that gives the Service of a remembered client; undefined if it is stale. */
  readonly judge: (protocol: Protocol) => (client: RememberedClient) => ObjectKey | undefined;
  /** From now on, the clients of these Services are not remembered. */
  readonly setUnremembered: (services: ReadonlySet<ObjectKey>) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: AffinityLimitEvents;
};

/** When a Service may get further clients again, and how many times in a row it was limited. */
type Limit = { until: number; times: number };

/**
 * Keeps room in the affinity maps, which all Services share. When one is three quarters full, the Services that have more
 * clients than others get no further ones for a while, and lose enough that half of the map is free.
 *
 * The first clients in the order of the kernel's hash show the share of each Service: reading all of
 * a large map takes seconds.
 */
export class AffinityLimits {
  readonly #options: AffinityLimitsOptions;
  readonly #requests = new Coalescer();
  readonly #limits = new Map<ObjectKey, Limit>();
  #unremembered: ReadonlySet<ObjectKey> = new Set();

  constructor(options: AffinityLimitsOptions) {
    this.#options = options;
  }

  /** There are sticky Services. */
  begin(): void {
    this.#requests.request();
  }

  /** Counts while there are affinity maps, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { family, affinity, clock, random, events } = this.#options;
    let failures = 0;
    for (;;) {
      await this.#requests.next(signal);
      if (signal.aborted) return;
      try {
        await affinity.watchCounts(
          family,
          async (counts) => {
            failures = 0;
            await this.#counted(counts, signal);
          },
          signal,
        );
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        const pause = backoff(failures, kernelBackoff, random);
        events.countFailed(family, error, pause, failures === 1);
        this.#requests.request();
        await clock.sleep(pause, signal);
      }
    }
  }

  async #counted(counts: ReadonlyMap<Protocol, number>, signal: AbortSignal): Promise<void> {
    const { family, capacity, events } = this.#options;
    this.#lift();
    for (const [protocol, clients] of counts) {
      events.clientsCounted(family, protocol, clients);
      if (clients <= capacity * mostFull) continue;
      await this.#limit(protocol, clients, signal);
      await this.#makeRoom(protocol, clients - capacity * leastFree, signal);
    }
  }

  async #limit(protocol: Protocol, clients: number, signal: AbortSignal): Promise<void> {
    const { family, affinity, capacity, judge, clock, random, events } = this.#options;
    const serviceOf = judge(protocol);
    const seen = new Map<ObjectKey, number>();
    const count = (client: RememberedClient) => {
      const service = serviceOf(client);
      if (service !== undefined) seen.set(service, (seen.get(service) ?? 0) + 1);
      return false;
    };
    const { clients: looked } = await affinity.forget(family, protocol, count, signal, sample);
    const shares = Array.from(seen, ([service, number]) => [service, (number / looked) * clients] as const);
    const level = fairShare(
      shares.map(([, share]) => share),
      capacity * leastFree,
    );
    for (const [service, share] of shares) {
      if (share <= level || this.#unremembered.has(service)) continue;
      const times = (this.#limits.get(service)?.times ?? 0) + 1;
      const pause = backoff(times, limitTimes, random);
      this.#limits.set(service, { until: clock.now() + pause, times });
      events.clientsLimited(family, service, Math.round(share), pause);
    }
    this.#tell();
  }

  /** Forgets clients of limited Services in the order of the map, reading no more of it than necessary. */
  async #makeRoom(protocol: Protocol, clients: number, signal: AbortSignal): Promise<void> {
    const { family, affinity, judge } = this.#options;
    let left = clients;
    for (let depth = sample; left > 0; ) {
      const serviceOf = judge(protocol);
      const isSurplus = (client: RememberedClient) => {
        const service = serviceOf(client);
        if (service !== undefined && !this.#unremembered.has(service)) return false;
        left -= 1;
        return left >= 0;
      };
      const { clients: looked, forgotten } = await affinity.forget(family, protocol, isSurplus, signal, depth);
      if (looked < depth) return;
      if (forgotten < looked / 4) depth *= 2;
    }
  }

  #lift(): void {
    const { family, clock, events } = this.#options;
    const now = clock.now();
    for (const [service, { until }] of this.#limits) {
      if (now >= until && this.#unremembered.has(service)) events.clientsUnlimited(family, service);
      if (now >= until + limitTimes.longest) this.#limits.delete(service);
    }
    this.#tell();
  }

  #tell(): void {
    const { clock, setUnremembered } = this.#options;
    const now = clock.now();
    const limited = [...this.#limits].filter(([, { until }]) => now < until).map(([service]) => service);
    if (limited.length === this.#unremembered.size && limited.every((each) => this.#unremembered.has(each))) return;
    this.#unremembered = new Set(limited);
    setUnremembered(this.#unremembered);
  }
}

/** The most that each may have, so that all together stay within a sum, and those that want less get what they want. */
export function fairShare(wanted: readonly number[], sum: number): number {
  let left = sum;
  const ascending = wanted.toSorted((a, b) => a - b);
  for (const [index, each] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (each > share) return share;
    left -= each;
  }
  return Number.POSITIVE_INFINITY;
}

/** A map that is fuller than this is cleared until only this much is in use. */
const mostFull = 3 / 4;
const leastFree = 1 / 2;

/** This many clients show the shares of Services well enough, and take the kernel a few milliseconds. */
const sample = 8192;

/** How long a Service is limited: longer each time. After an hour without a limit, it starts over. */
const limitTimes: Backoff = { first: 60_000, longest: 3_600_000 };

import type { FamilySettings } from "../../compile/settings.ts";
import type { Address, Family } from "../../model/address.ts";
import type { Protocol } from "../../model/port.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { RememberedClient } from "../../netlink/affinity.ts";
import type { Round } from "../table/round.ts";
import { affinityJudge } from "./affinity-judge.ts";
import { type AffinityLimitEvents, AffinityLimits } from "./affinity-limits.ts";
import { protocolsForgetting, stickyProtocols } from "./flow-changes.ts";
import { type FollowOptions, type Searched, Searches } from "./searches.ts";

/** A reconciler's access to the kernel's sticky clients. */
export type AffinityMemory = {
  /**
   * Searches the remembered clients of a protocol, and deletes the stale ones.
   *
   * @param most about how many are examined; they are the first in the order of a hash
   */
  forget(
    family: Family,
    protocol: Protocol,
    isStale: (client: RememberedClient) => boolean,
    signal: AbortSignal,
    most?: number,
  ): Promise<Forgotten>;
  /** Calls back periodically with the number of clients in each map, while there are maps. */
  watchCounts(
    family: Family,
    onCounts: (counts: ReadonlyMap<Protocol, number>) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /** Whether an address belongs to this node now. */
  hasAddress(address: Address): boolean;
};

export type Forgotten = {
  /** How many there were. */
  readonly clients: number;
  readonly forgotten: number;
  /** Whether the tables did not change meanwhile: otherwise some clients may have been missed. */
  readonly isWhole: boolean;
};

/** The result of a search in one map. */
export type AffinityRound = Forgotten & {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly milliseconds: number;
};

export type AffinityEvents = AffinityLimitEvents & {
  clientsForgotten(round: AffinityRound): void;
  clientsFailed(family: Family, error: unknown, retryInMilliseconds: number, isNew: boolean): void;
};

export type AffinityOptions = FollowOptions & {
  readonly affinity: AffinityMemory;
  readonly events: AffinityEvents;
  readonly capacity: number;
  readonly setUnremembered: (services: ReadonlySet<ObjectKey>) => void;
};

/**
 * Makes the kernel forget clients whose endpoints are no longer in their lists: after the first round, after repairs, and
 * after rounds in which a sticky list lost an endpoint, or a frontend was removed.
 *
 * As with flows, the present state decides, not what has changed. A client that connects before it is forgotten loses its
 * first packet, so the search starts immediately.
 */
export class AffinityReconciler {
  readonly #options: AffinityOptions;
  readonly #searches: Searches;
  readonly #limits: AffinityLimits;
  /** The protocols that have had sticky frontends. */
  readonly #known = new Set<Protocol>();
  #settings: FamilySettings | undefined;

  constructor(options: AffinityOptions) {
    this.#options = options;
    const { family, clock, random, events } = options;
    this.#limits = new AffinityLimits({ ...options, judge: (protocol) => this.#judge(protocol) });
    this.#searches = new Searches({
      clock,
      random,
      search: (protocols, signal) => this.#search(protocols, signal),
      failed: (...failure) => events.clientsFailed(family, ...failure),
    });
  }

  /** The kernel has the rules of a round. */
  synced({ kind, causes, services, settings }: Pick<Round, "kind" | "causes" | "services" | "settings">): void {
    const affected = new Set<Protocol>();
    const own = settings.families[this.#options.family];
    for (const change of services.values()) {
      for (const protocol of protocolsForgetting(change)) affected.add(protocol);
      const sticky = stickyProtocols(change.after);
      for (const protocol of sticky) this.#known.add(protocol);
      if (sticky.length > 0 && own.affinity === "remember") this.#limits.begin();
    }
    const isAnew = kind !== "partial" || causes.includes("drift") || essence(own) !== essence(this.#settings);
    this.#settings = own;
    this.#searches.request(isAnew ? this.#known : affected);
  }

  /** Searches when there is a reason to, and keeps room in the maps, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#searches.run(signal), this.#limits.run(signal)]);
  }

  #judge(protocol: Protocol): (client: RememberedClient) => ObjectKey | undefined {
    const { ownerOf, affinity } = this.#options;
    const settings = this.#settings;
    if (settings === undefined) throw new Error("no round has come");
    return affinityJudge(protocol, { ownerOf, settings, hasAddress: affinity.hasAddress });
  }

  async #search(protocols: readonly Protocol[], signal: AbortSignal): Promise<Searched> {
    const { family, affinity, clock, events } = this.#options;
    if (this.#settings?.affinity !== "remember") return { hasFound: false, pause: 0 };
    const first = clock.now();
    let hasFound = false;
    for (const protocol of protocols) {
      const began = clock.now();
      const serviceOf = this.#judge(protocol);
      const isStale = (client: RememberedClient) => serviceOf(client) === undefined;
      const round = await affinity.forget(family, protocol, isStale, signal);
      events.clientsForgotten({ family, protocol, milliseconds: clock.now() - began, ...round });
      hasFound ||= round.forgotten > 0 || !round.isWhole;
    }
    return { hasFound, pause: restPerWork * (clock.now() - first) };
  }
}

/** What determines who may keep an endpoint, in addition to plans. */
function essence(settings: FamilySettings | undefined): string {
  return JSON.stringify([settings?.nodePortAddresses, settings?.detectLocal]);
}

/** Reading takes the kernel 10 to 30 ms for 10,000 clients, but seconds for 200,000. */
const restPerWork = 3;

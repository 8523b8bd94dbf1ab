import type { FrontendKey } from "../../compile/plan/frontends.ts";
import type { Family } from "../../model/address.ts";
import type { Protocol } from "../../model/port.ts";
import type { Flow } from "../../netlink/conntrack.ts";
import type { Round } from "../table/round.ts";
import { goneFrontends, protocolsAffected } from "./flow-changes.ts";
import { FlowJudge, type OwnSockets } from "./flow-judge.ts";
import { type FollowOptions, type Searched, Searches } from "./searches.ts";

/** A reconciler's access to the kernel's connection table. */
export type Conntrack = {
  /**
   * Searches all UDP flows, and unanswered ones of other protocols, and deletes the stale ones: DNS
   * first, then those of each owner in turn. Rejects if not all could be examined.
   *
   * @param ownerOf the owner of a flow, if the flow is stale
   */
  deleteFlows(
    family: Family,
    protocols: Iterable<Protocol>,
    ownerOf: (flow: Flow) => string | undefined,
    signal: AbortSignal,
  ): Promise<FlowCounts>;
  ownSockets(): OwnSockets;
};

export type FlowCounts = {
  /** How many were examined, by protocol. */
  readonly flows: Readonly<Partial<Record<Protocol, number>>>;
  readonly deleted: number;
};

/** The result of a search. */
export type ConntrackRound = FlowCounts & { readonly family: Family; readonly milliseconds: number };

export type ConntrackEvents = {
  flowsCleaned(round: ConntrackRound): void;
  /** `isNew`: the previous search succeeded, or failed for another reason. A missing program is logged only once. */
  flowsFailed(family: Family, error: unknown, retryInMilliseconds: number, isNew: boolean): void;
};

export type ConntrackOptions = FollowOptions & {
  readonly conntrack: Conntrack;
  readonly events: ConntrackEvents;
};

/**
 * Deletes flows that the rules would no longer create: after the first round, after repairs, and after rounds in which a
 * frontend was added or removed, or an endpoint was removed.
 *
 * It decides by the present state, not by what has changed: whatever made a flow stale, even before this process started, the
 * next search finds it. There is at most one search per second.
 */
export class ConntrackReconciler {
  readonly #options: ConntrackOptions;
  readonly #searches: Searches;
  readonly #judge: FlowJudge;
  /** The protocols that some frontend has had. */
  readonly #known = new Set<Protocol>();

  constructor(options: ConntrackOptions) {
    this.#options = options;
    const { family, clock, random, events } = options;
    this.#judge = new FlowJudge(options.ownerOf);
    this.#searches = new Searches({
      clock,
      random,
      search: (protocols, signal) => this.#search(protocols, signal),
      failed: (...failure) => events.flowsFailed(family, ...failure),
    });
  }

  /** Takes UDP frontends that were in the kernel's rules when this process started. */
  addPrevious(frontends: Iterable<FrontendKey>): void {
    for (const frontend of frontends) {
      this.#known.add("udp");
      this.#judge.addGone([frontend]);
    }
  }

  /** The kernel has the rules of a round. */
  synced({ kind, causes, services, settings }: Pick<Round, "kind" | "causes" | "services" | "settings">): void {
    const affected = new Set<Protocol>();
    for (const change of services.values()) {
      for (const protocol of protocolsAffected(change)) affected.add(protocol);
      this.#judge.addGone(goneFrontends(change));
    }
    for (const protocol of affected) this.#known.add(protocol);
    const haveAddressesChanged = this.#judge.setSettings(settings.families[this.#options.family]);
    const isRepair = kind !== "partial" || causes.includes("drift");
    this.#searches.request(haveAddressesChanged || isRepair ? this.#known : affected);
  }

  /** Searches when there is a reason to, until the signal is aborted. */
  run(signal: AbortSignal): Promise<void> {
    return this.#searches.run(signal);
  }

  async #search(protocols: readonly Protocol[], signal: AbortSignal): Promise<Searched> {
    const { family, conntrack, clock, events } = this.#options;
    const began = clock.now();
    const { ownerOfStale, found } = this.#judge.search(conntrack.ownSockets());
    const counts = await conntrack.deleteFlows(family, protocols, ownerOfStale, signal);
    if (protocols.includes("udp")) found();
    events.flowsCleaned({ family, milliseconds: clock.now() - began, ...counts });
    return { hasFound: counts.deleted > 0, pause: leastPause };
  }
}

/** From one search to the next, in milliseconds. */
const leastPause = 1000;

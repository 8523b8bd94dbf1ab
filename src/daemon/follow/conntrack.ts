import type { PlannedFrontend } from "../../compile/lower/frontend-elements.ts";
import type { FrontendKey } from "../../compile/plan/frontends.ts";
import type { Family } from "../../model/address.ts";
import type { Protocol } from "../../model/port.ts";
import type { Flow } from "../../netlink/conntrack.ts";
import { backoff, kernelBackoff } from "../backoff.ts";
import { type Clock, Coalescer } from "../coalescer.ts";
import type { Round } from "../table/round.ts";
import { goneFrontends, protocolsAffected } from "./flow-changes.ts";
import { FlowJudge, type OwnSockets } from "./flow-judge.ts";

/** The kernel's table of connections, as a reconciler reaches it. */
export type Conntrack = {
  /**
   * Goes through all UDP flows, and those of other protocols that nobody has answered, and deletes the stale ones: DNS
   * first, then those of each owner in turn. Rejects where not all could be looked at.
   *
   * @param ownerOf whose a flow is, if it is stale
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
  /** How many there were to look at, by protocol. */
  readonly flows: Readonly<Partial<Record<Protocol, number>>>;
  readonly deleted: number;
};

/** What a search did. */
export type ConntrackRound = FlowCounts & { readonly family: Family; readonly milliseconds: number };

export type ConntrackEvents = {
  flowsCleaned(round: ConntrackRound): void;
  /** `isNew`: the one before was none, or another. What is missing stays missing, and is worth one line. */
  flowsFailed(family: Family, error: unknown, retryInMilliseconds: number, isNew: boolean): void;
};

export type ConntrackOptions = {
  readonly family: Family;
  readonly conntrack: Conntrack;
  readonly ownerOf: (frontend: FrontendKey) => PlannedFrontend | undefined;
  readonly clock: Clock;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
  readonly events: ConntrackEvents;
};

/**
 * Deletes flows that the rules would not make any more: after the first round, after repairs, and after rounds in which a
 * frontend came or went, or an endpoint went.
 *
 * It decides by what is there, not by what has changed: whatever made a flow stale, even before this process began, the
 * next search finds it. Nothing waits for it. Rounds that come while one is under way share the next one, and there is
 * one a second at most.
 */
export class ConntrackReconciler {
  readonly #options: ConntrackOptions;
  readonly #requests = new Coalescer();
  readonly #judge: FlowJudge;
  /** The protocols that some frontend has had. */
  readonly #known = new Set<Protocol>();
  readonly #wanted = new Set<Protocol>();
  #hasChanged = false;

  constructor(options: ConntrackOptions) {
    this.#options = options;
    this.#judge = new FlowJudge(options.ownerOf);
  }

  /** Takes UDP frontends that the kernel's rules had when this process began. */
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
    this.#request(haveAddressesChanged || isRepair ? this.#known : affected);
  }

  /** Searches when there is a reason to, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { family, clock, random, events } = this.#options;
    let failures = 0;
    let lastFailure = "";
    for (;;) {
      await this.#requests.next(signal);
      if (signal.aborted) return;
      const protocols = [...this.#wanted];
      const hasChanged = this.#hasChanged;
      this.#wanted.clear();
      this.#hasChanged = false;
      let pause = leastPause;
      try {
        const { deleted } = await this.#search(protocols, signal);
        failures = 0;
        lastFailure = "";
        // A packet that met the old rules may have entered its flow after it was looked for.
        if (hasChanged && deleted > 0) this.#request(protocols, false);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        pause = backoff(failures, kernelBackoff, random);
        events.flowsFailed(family, error, pause, String(error) !== lastFailure);
        lastFailure = String(error);
        this.#request(protocols);
      }
      await clock.sleep(pause, signal);
    }
  }

  async #search(protocols: readonly Protocol[], signal: AbortSignal): Promise<ConntrackRound> {
    const { family, conntrack, clock, events } = this.#options;
    const began = clock.now();
    const { ownerOfStale, found } = this.#judge.search(conntrack.ownSockets());
    const counts = await conntrack.deleteFlows(family, protocols, ownerOfStale, signal);
    if (protocols.includes("udp")) found();
    const round = { family, milliseconds: clock.now() - began, ...counts };
    events.flowsCleaned(round);
    return round;
  }

  #request(protocols: Iterable<Protocol>, hasChanged = true): void {
    for (const protocol of protocols) this.#wanted.add(protocol);
    if (this.#wanted.size === 0) return;
    this.#hasChanged ||= hasChanged;
    this.#requests.request();
  }
}

/** From one search to the next, in milliseconds. */
const leastPause = 1000;

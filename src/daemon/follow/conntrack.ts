import type { ServicePlan } from "../../compile/plan/service-plan.ts";
import type { Address, Family } from "../../model/address.ts";
import type { Protocol } from "../../model/port.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { Flow } from "../../netlink/conntrack.ts";
import { type Clock, Coalescer, retryDelay } from "../coalescer.ts";
import { UDPFrontends } from "./udp-frontends.ts";

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
  readonly clock: Clock;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
  readonly events: ConntrackEvents;
};

/**
 * Deletes UDP flows that the rules would not make any more, after each change of UDP frontends or endpoints.
 *
 * It decides by what is there, not by what has changed: whatever made a flow stale, even before this process began, the
 * next search finds it. Nothing waits for it.
 */
export class ConntrackReconciler {
  readonly #options: ConntrackOptions;
  readonly #requests = new Coalescer();
  readonly #frontends: UDPFrontends;
  #hasChanged = false;

  constructor(options: ConntrackOptions) {
    this.#options = options;
    this.#frontends = new UDPFrontends();
  }

  /** Takes a Service's plan as the kernel's rules have it now; undefined where they do not have it any more. */
  setService(key: ObjectKey, plan: ServicePlan | undefined): void {
    if (this.#frontends.setService(key, plan)) this.#request();
  }

  setNodePortAddresses(addresses: readonly Address[]): void {
    if (this.#frontends.setNodePortAddresses(addresses)) this.#request();
  }

  /** Takes the frontends and endpoints that the kernel's rules had when this process began. */
  addFormer(former: Iterable<{ readonly frontend: string; readonly endpoint: string }>): void {
    this.#frontends.addFormer(former);
    this.#request();
  }

  /** Searches when there is a reason to, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let lastFailure = "";
    for (;;) {
      await this.#requests.next(signal);
      if (signal.aborted) return;
      const { family, clock, random, events } = this.#options;
      const hasChanged = this.#hasChanged;
      this.#hasChanged = false;
      try {
        const { deleted } = await this.#search(signal);
        failures = 0;
        lastFailure = "";
        // A packet that met the old rules may have entered its flow after it was looked for.
        if (hasChanged && deleted > 0) void clock.sleep(1000, signal).then(() => this.#requests.request());
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        const pause = retryDelay(failures, random);
        events.flowsFailed(family, error, pause, String(error) !== lastFailure);
        lastFailure = String(error);
        this.#request();
        await clock.sleep(pause, signal);
      }
    }
  }

  async #search(signal: AbortSignal): Promise<ConntrackRound> {
    const { family, conntrack, clock, events } = this.#options;
    const began = clock.now();
    const forget = this.#frontends.forgetting();
    const found = await conntrack.deleteFlows(family, ["udp"], (flow) => this.#frontends.ownerOfStale(flow), signal);
    forget();
    const round = { family, milliseconds: clock.now() - began, ...found };
    events.flowsCleaned(round);
    return round;
  }

  #request(): void {
    this.#hasChanged = true;
    this.#requests.request();
  }
}

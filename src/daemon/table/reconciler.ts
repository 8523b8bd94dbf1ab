import { planService } from "../../compile/plan/plan-service.ts";
import type { PlanChange } from "../../compile/plan/service-plan.ts";
import type { Settings } from "../../compile/settings.ts";
import { ownProblemsOf } from "../../compile/table/problems.ts";
import { ServiceTable } from "../../compile/table/service-table.ts";
import type { Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { Alteration } from "../../netlink/alteration.ts";
import { elementCount } from "../../nft/transaction.ts";
import { backoff, kernelBackoff } from "../backoff.ts";
import { Coalescer } from "../coalescer.ts";
import { ownKernel } from "../drift/own-kernel.ts";
import { type Applied, applyFully, applyPartly } from "./apply.ts";
import { Backlog } from "./backlog.ts";
import { type Elements, type Kernel, Overrun, Refusal } from "./kernel.ts";
import type { KernelState, ReconcilerOptions } from "./reconciler-options.ts";
import type { Round } from "./round.ts";
import { SetAside } from "./set-aside.ts";
import { affectedServices } from "./settings-change.ts";
import { mostElements } from "./steps.ts";

/** How many elements a round takes up: half of what one transaction may have, as a port of a Service is not split. */
const portionSize = mostElements / 2;

/**
 * Keeps one table of the kernel equal to the store.
 *
 * Changes during a round are collected for the next. While the kernel is known to hold what the last round left, a round
 * writes what has changed; otherwise it reads the table, and writes the differences. A Service that nft refuses is set
 * aside, so that all others are served.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #kernel: Kernel;
  readonly #requests = new Coalescer();
  readonly #state: ServiceTable;
  readonly #backlog: Backlog;
  readonly #setAside: SetAside<ObjectKey>;
  /** Refused parts that belong to no Service. */
  readonly #leftOut: SetAside<string>;
  /** The only Service of the round, if it has been expensive for the others. */
  #costly: ObjectKey | undefined;
  #settings: Settings;
  #nextSettings: Settings;
  #unsynced = new Map<ObjectKey, PlanChange>();
  #causes = new Set<string>();
  /** Whether the kernel holds what the last round left. */
  #isKnown = false;
  #failures = 0;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#nextSettings = options.settings;
    this.#state = new ServiceTable(options.family, options.settings);
    const { clock, random } = options;
    this.#setAside = new SetAside({ clock, random, onDue: (service) => this.request("set aside", service) });
    this.#backlog = new Backlog(this.#state, this.#setAside);
    this.#leftOut = new SetAside({ clock, random, onDue: () => this.request("left out") });
    this.#kernel = ownKernel(options.kernel, options.drift);
  }

  get family(): Family {
    return this.#options.family;
  }

  /** The plans from which the table is made. */
  get plans(): ServiceTable {
    return this.#state;
  }

  /** The settings with which these are made. */
  get settings(): Settings {
    return this.#settings;
  }

  /** Whether the kernel, as far as is known here, holds what the store and the settings require. */
  get kernelState(): KernelState {
    if (!this.#isKnown || this.#options.drift.isBlind) return "unknown";
    const isWaiting = this.#backlog.size + this.#unsynced.size > 0 || !this.#state.isSettled;
    const isOther = this.#nextSettings !== this.#settings || !this.#options.drift.isQuiet;
    return isWaiting || isOther ? "changing" : "as desired";
  }

  /** Requests a round for a Service, or for none in particular. */
  request(cause: string, service?: ObjectKey): void {
    if (service !== undefined) this.#backlog.add(service);
    this.#causes.add(cause);
    this.#options.events.requested(this.#options.family);
    this.#requests.request();
  }

  setSettings(settings: Settings, cause: string): void {
    this.#nextSettings = settings;
    this.request(cause);
  }

  /** Does the requested rounds, until the signal is aborted; a round in progress is then finished. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, minSyncPeriod } = this.#options;
    for (;;) {
      await this.#requests.next(signal);
      if (signal.aborted) return;
      const pause = (await this.#round(signal)) ?? minSyncPeriod;
      if (pause > 0) await clock.sleep(pause, signal);
    }
  }

  /** Returns the milliseconds until the retry if the round failed. */
  async #round(signal: AbortSignal): Promise<number | undefined> {
    const { clock, drift, events, family, random } = this.#options;
    const began = clock.now();
    const causes = [...this.#causes];
    this.#causes = new Set();
    const foreign = drift.take();
    if (foreign.sets === "all") this.#isKnown = false;
    else if (this.#isKnown) this.#state.observe(foreign.elements);
    if (this.#leftOut.tryDue()) this.#isKnown = false;
    const isBounded = !this.#takeSettings() && this.#isKnown;
    this.#takeUp(isBounded ? portionSize : Number.POSITIVE_INFINITY, signal);
    const round = (applied: Applied): Round => ({
      family,
      ...applied,
      causes,
      services: this.#unsynced,
      problems: ownProblemsOf(this.#unsynced, this.#state),
      settings: this.#settings,
      owners: this.#state.owners,
      began,
      milliseconds: clock.now() - began,
    });
    let applied: Applied;
    try {
      applied = await this.#apply(foreign, signal);
    } catch (error) {
      const kind = this.#isKnown ? "partial" : "full";
      this.#isKnown = false;
      if (signal.aborted && error === signal.reason) return undefined;
      this.#failures += 1;
      const pause = backoff(this.#failures, kernelBackoff, random);
      events.failed(round({ kind, elements: 0 }), error, pause);
      for (const cause of causes) this.#causes.add(cause);
      this.#requests.request();
      return pause;
    }
    this.#state.commit(applied.kind !== "partial");
    this.#isKnown = true;
    this.#failures = 0;
    const synced = round(applied);
    this.#unsynced = new Map();
    for (const service of this.#setAside.takeRestored()) {
      events.restored(family, service, synced.services.get(service)?.after !== undefined);
    }
    for (const part of this.#leftOut.takeRestored()) events.putIn(family, part);
    events.synced(synced);
    await this.#tidy();
    return undefined;
  }

  /** Creates the chains that are likely to be needed next, and deletes unused ones. */
  async #tidy(): Promise<void> {
    const tidying = this.#state.tidying();
    try {
      if (tidying.commands.length > 0) await this.#kernel.apply(tidying, { byOwner: false });
      this.#state.commit(true);
    } catch {
      // The full round reports what is wrong.
      this.#isKnown = false;
      this.request("tidying");
    }
  }

  /** Here, not when they arrive: during a transaction, the state must stay what the transaction was made from. */
  #takeSettings(): boolean {
    const { family, store } = this.#options;
    if (this.#nextSettings === this.#settings) return false;
    const affected = affectedServices(this.#settings, this.#nextSettings, family, store);
    this.#settings = this.#nextSettings;
    this.#state.setSettings(this.#settings);
    for (const service of affected) this.#backlog.add(service);
    return true;
  }

  #takeUp(most: number, signal: AbortSignal): void {
    const { store, family } = this.#options;
    this.#costly = this.#backlog.take(most, {
      isGone: (key) => !store.services.has(key),
      plan: (key) => {
        const service = store.services.get(key);
        return service && planService(service, store.slicesOf(key), family, this.#settings);
      },
      set: (key, plan) => this.#note(this.#state.setService(key, plan)),
      failed: (key, error) =>
        this.#putAside(key, new Refusal(`cannot be compiled: ${error}`, undefined, error), false, signal),
    });
    do this.#note(this.#state.settle());
    while (most === Number.POSITIVE_INFINITY && !this.#state.isSettled);
    if (this.#backlog.size > 0 || !this.#state.isSettled) this.#requests.request();
  }

  async #apply({ structure, sets }: Alteration, signal: AbortSignal): Promise<Applied> {
    const kernel = this.#kernel;
    let assumed: Elements | undefined;
    let isApart = false;
    if (this.#isKnown && sets !== "all") {
      const known = () => new Map([...this.#state.applied()].filter(([name]) => !sets.has(name)));
      const transaction = structure || sets.size > 0 ? undefined : this.#state.transaction();
      try {
        if (transaction && elementCount(transaction) <= mostElements) return await applyPartly(kernel, transaction);
        assumed = known();
      } catch (error) {
        if (!(error instanceof Refusal || error instanceof Overrun)) throw error;
        // Either a Service is not acceptable, or the kernel does not hold what we think. Writing everything shows which.
        if (this.#costly === undefined) isApart = error instanceof Overrun;
        else this.#putAside(this.#costly, error, true, signal);
        if (this.#costly !== undefined && error instanceof Refusal) assumed = known();
      }
    }
    this.#isKnown = false;
    return applyFully({
      kernel,
      family: this.#options.family,
      desired: this.#state,
      signal,
      assumed,
      isApart,
      isRepeated: this.#failures > 0,
      leftOut: this.#leftOut.waiting,
      setAside: (service, error, isCostly) => this.#putAside(service, error, isCostly, signal),
      leaveOut: (part, error) => this.#leaveOut(part, error, signal),
    });
  }

  #note(changes: Iterable<readonly [ObjectKey, PlanChange]>): void {
    for (const [service, { before, after }] of changes) {
      this.#unsynced.set(service, { before: (this.#unsynced.get(service) ?? { before }).before, after });
    }
  }

  #putAside(service: ObjectKey, error: Error, isCostly: boolean, signal: AbortSignal): void {
    const { events, family } = this.#options;
    this.#backlog.forget(service);
    this.#note(this.#state.setService(service, undefined));
    events.setAside(family, service, error, this.#setAside.add(service, isCostly, signal));
  }

  #leaveOut(part: string, error: Error, signal: AbortSignal): void {
    const { events, family } = this.#options;
    events.leftOut(family, part, error, this.#leftOut.add(part, true, signal));
  }
}

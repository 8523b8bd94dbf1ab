import { type PlanChange, planService, type ServicePlan } from "../../compile/plan/service-plan.ts";
import type { Settings } from "../../compile/settings.ts";
import type { FrontendOwners } from "../../compile/table/frontend-owners.ts";
import { ownProblemsOf } from "../../compile/table/problems.ts";
import { ServiceTable } from "../../compile/table/service-table.ts";
import type { Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { Alteration } from "../../netlink/alteration.ts";
import type { Table } from "../../nft/ruleset.ts";
import { elementCount } from "../../nft/transaction.ts";
import { backoff, kernelBackoff } from "../backoff.ts";
import { type Clock, Coalescer } from "../coalescer.ts";
import type { Drift } from "../drift/drift.ts";
import type { Store } from "../store.ts";
import { type Applied, applyFully, applyPartly } from "./apply.ts";
import { type Elements, type Kernel, Refusal } from "./kernel.ts";
import type { ReconcilerEvents, Round } from "./round.ts";
import { SetAside } from "./set-aside.ts";
import { affectedServices } from "./settings-change.ts";
import { mostElements } from "./steps.ts";

export type ReconcilerOptions = {
  readonly family: Family;
  readonly store: Store;
  readonly settings: Settings;
  readonly kernel: Kernel;
  /** Is told of our transactions, and tells what others have changed. */
  readonly drift: Drift;
  readonly clock: Clock;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
  readonly events: ReconcilerEvents;
  /** The least time from the end of a round to the start of the next, in milliseconds. */
  readonly minSyncPeriod: number;
};

/**
 * Keeps one table of the kernel equal to the store.
 *
 * What changes is collected while a round is under way and goes into the next. A round writes what has changed, while the
 * kernel is known to hold what the last round left; else it reads the table, and writes what differs. A Service that nft
 * refuses is set aside, so that all others are served.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #kernel: Kernel;
  readonly #requests = new Coalescer();
  readonly #state: ServiceTable;
  readonly #setAside: SetAside;
  #settings: Settings;
  #nextSettings: Settings;
  #dirty = new Set<ObjectKey>();
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
    this.#setAside = new SetAside(options.random);
    const { kernel, drift } = options;
    this.#kernel = {
      readTable: (declared, assumed) => {
        // What somebody did to the table until now is seen when it is read.
        if (assumed === undefined) drift.takeAll();
        return kernel.readTable(declared, assumed);
      },
      apply: (transaction, how) => drift.own(transaction, (sentBy) => kernel.apply(transaction, { ...how, sentBy })),
    };
  }

  get family(): Family {
    return this.#options.family;
  }

  /** Who wants and who has the frontends of this family. */
  get owners(): FrontendOwners {
    return this.#state.owners;
  }

  /** The table as it is to be, for people. */
  get table(): Table {
    return this.#state.table();
  }

  /** Asks for a round about a Service, or about none in particular. */
  request(cause: string, service?: ObjectKey): void {
    if (service !== undefined) this.#dirty.add(service);
    this.#causes.add(cause);
    this.#options.events.requested(this.#options.family);
    this.#requests.request();
  }

  setSettings(settings: Settings, cause: string): void {
    this.#nextSettings = settings;
    this.request(cause);
  }

  /** Does rounds as they are asked for, until the signal is aborted; then a round under way is finished. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, minSyncPeriod } = this.#options;
    for (;;) {
      await this.#requests.next(signal);
      if (signal.aborted) return;
      const pause = (await this.#round(signal)) ?? minSyncPeriod;
      if (pause > 0) await clock.sleep(pause, signal);
    }
  }

  /** Returns the milliseconds to the next try where the round failed. */
  async #round(signal: AbortSignal): Promise<number | undefined> {
    const { clock, drift, events, family, random } = this.#options;
    const began = clock.now();
    const causes = [...this.#causes];
    this.#causes = new Set();
    const foreign = drift.take();
    if (foreign.sets === "all") this.#isKnown = false;
    else if (this.#isKnown) this.#state.observe(foreign.elements);
    this.#takeSettings();
    this.#compileDirty(signal);
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
    events.synced(synced);
    await this.#tidy();
    return undefined;
  }

  /** Makes the chains that are likely to be needed next, and takes those away that have no use any more. */
  async #tidy(): Promise<void> {
    const tidying = this.#state.tidying();
    try {
      if (tidying.commands.length > 0) await this.#kernel.apply(tidying, { byOwner: false });
      this.#state.commit(true);
    } catch {
      // What is wrong is told by the full round.
      this.#isKnown = false;
      this.request("tidying");
    }
  }

  /** Here, not when they come: while a transaction is under way, the state must stay what it was made from. */
  #takeSettings(): void {
    const { family, store } = this.#options;
    if (this.#nextSettings === this.#settings) return;
    const affected = affectedServices(this.#settings, this.#nextSettings, family, store.services);
    this.#settings = this.#nextSettings;
    this.#state.setSettings(this.#settings);
    for (const service of affected) this.#dirty.add(service);
  }

  #compileDirty(signal: AbortSignal): void {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    for (const service of dirty) {
      this.#setAside.tryAgain(service);
      this.#compile(service, signal);
    }
  }

  #compile(key: ObjectKey, signal: AbortSignal): void {
    const { store, family } = this.#options;
    const service = store.services.get(key);
    let plan: ServicePlan | undefined;
    try {
      plan = service && planService(service, store.slicesOf(key), family, this.#settings);
    } catch (error) {
      this.#putAside(key, new Refusal(`cannot be compiled: ${error}`, undefined, error), signal);
      return;
    }
    this.#setService(key, plan);
  }

  async #apply({ structure, sets }: Alteration, signal: AbortSignal): Promise<Applied> {
    const kernel = this.#kernel;
    let assumed: Elements | undefined;
    if (this.#isKnown && sets !== "all") {
      const isAltered = structure || sets.size > 0;
      const transaction = isAltered ? undefined : this.#state.transaction();
      try {
        if (transaction && elementCount(transaction) <= mostElements) return await applyPartly(kernel, transaction);
        assumed = new Map([...this.#state.applied()].filter(([name]) => !sets.has(name)));
      } catch (error) {
        // Either a Service is not acceptable, or the kernel does not hold what we think. Writing all tells which.
        if (!(error instanceof Refusal)) throw error;
      }
    }
    this.#isKnown = false;
    const setAside = (service: ObjectKey, refusal: Refusal) => this.#putAside(service, refusal, signal);
    return applyFully(kernel, this.#state, setAside, signal, assumed);
  }

  #setService(key: ObjectKey, plan: ServicePlan | undefined): void {
    for (const [service, { before, after }] of this.#state.setService(key, plan)) {
      this.#unsynced.set(service, { before: (this.#unsynced.get(service) ?? { before }).before, after });
    }
  }

  #putAside(service: ObjectKey, refusal: Refusal, signal: AbortSignal): void {
    const { clock, events, family } = this.#options;
    this.#setService(service, undefined);
    const { pause, stillWaits } = this.#setAside.add(service);
    events.setAside(family, service, refusal, pause);
    void clock.sleep(pause, signal).then(() => {
      if (!signal.aborted && stillWaits()) this.request("set aside", service);
    });
  }
}

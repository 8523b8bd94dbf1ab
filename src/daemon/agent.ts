import type { FrontendKey } from "../compile/plan/frontends.ts";
import type { Settings } from "../compile/settings.ts";
import type { Family } from "../model/address.ts";
import { type ObjectKey, servicePortName } from "../model/service.ts";
import { anyChange, type Generation, type TableChange, together } from "../netlink/generations.ts";
import type { Table } from "../nft/ruleset.ts";
import { type Clock, neverAborted } from "./coalescer.ts";
import { Drift } from "./drift/drift.ts";
import { RepairPace } from "./drift/repair-pace.ts";
import { type ConflictChanges, Conflicts } from "./follow/conflicts.ts";
import type { Store } from "./store.ts";
import type { Kernel } from "./table/kernel.ts";
import { Reconciler, type ReconcilerEvents } from "./table/reconciler.ts";

export type AgentEvents = ReconcilerEvents & {
  /** Somebody else has changed our table; it is repaired so much later, which is at once unless that happens all the time. */
  drifted(family: Family, inMilliseconds: number): void;
  /** After each round; `count` is how many times a service port is denied a frontend, in all. */
  conflicts(changes: ConflictChanges, count: number): void;
};

export type AgentOptions = {
  readonly store: Store;
  /** The families whose tables are kept. */
  readonly families: readonly Family[];
  readonly settings: Settings;
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: AgentEvents;
  readonly minSyncPeriod: number;
};

/** Keeps the tables of all families equal to the store. Families do not wait for each other. */
export class Agent {
  readonly #events: AgentEvents;
  readonly #reconcilers: readonly Reconciler[];
  readonly #drift: Drift;
  readonly #clock: Clock;
  readonly #repairs: ReadonlyMap<Family, RepairPace>;
  /** What others have changed in tables whose repair has to wait. */
  readonly #waiting = new Map<Family, TableChange>();
  readonly #conflicts = new Conflicts();

  constructor({ families, kernel, events, ...options }: AgentOptions) {
    this.#events = events;
    this.#clock = options.clock;
    this.#repairs = new Map(families.map((family) => [family, new RepairPace(options.clock)]));
    this.#drift = new Drift(options.clock, (family, change) => void this.#repair(family, change));
    const watched: Kernel = {
      readTable: (declared, assumed) => kernel.readTable(declared, assumed),
      apply: (transaction, how) => {
        // What others did before this is not the latest that is known of elements any more.
        if (this.#waiting.has(transaction.family)) this.#waiting.set(transaction.family, anyChange);
        return this.#drift.own(transaction.family, () => kernel.apply(transaction, how));
      },
    };
    this.#reconcilers = families.map(
      (family) => new Reconciler({ ...options, family, kernel: watched, events: this.#withConflicts(events) }),
    );
  }

  /** The tables as they are to be. */
  get tables(): readonly Table[] {
    return this.#reconcilers.map(({ table }) => table);
  }

  /** The service port, `namespace/name:port`, that has a frontend. */
  servicePortOf(family: Family, frontend: FrontendKey): string | undefined {
    const owner = this.#reconciler(family)?.owners.owner(frontend);
    return owner && servicePortName(owner.plan.service, owner.port.port);
  }

  /** The Service, or its endpoints in a family, are others in the store. */
  changed(service: ObjectKey, cause: string, family?: Family): void {
    for (const reconciler of this.#reconcilers) {
      if (family === undefined || family === reconciler.family) reconciler.request(cause, service);
    }
  }

  setSettings(settings: Settings, cause: string): void {
    for (const reconciler of this.#reconcilers) reconciler.setSettings(settings, cause);
  }

  /** A transaction of anybody changed our tables. */
  generation(generation: Generation): void {
    this.#drift.generation(generation);
  }

  /** Whatever others may have done to the tables went unseen. */
  lostSight(): void {
    this.#drift.lost();
    for (const reconciler of this.#reconcilers) reconciler.repair(anyChange, "lost sight");
  }

  /** Writes the store to the kernel, and keeps them equal until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    for (const reconciler of this.#reconcilers) reconciler.request("start");
    await Promise.all(this.#reconcilers.map((reconciler) => reconciler.run(signal)));
  }

  async #repair(family: Family, change: TableChange): Promise<void> {
    const waiting = this.#waiting.get(family);
    this.#waiting.set(family, waiting === undefined ? change : together(waiting, change));
    if (waiting !== undefined) return;
    const wait = this.#repairs.get(family)?.next() ?? 0;
    this.#events.drifted(family, wait);
    if (wait > 0) await this.#clock.sleep(wait, neverAborted);
    const all = this.#waiting.get(family) ?? change;
    this.#waiting.delete(family);
    this.#reconciler(family)?.repair(all, "drift");
  }

  #reconciler(family: Family): Reconciler | undefined {
    return this.#reconcilers.find(({ family: own }) => own === family);
  }

  #withConflicts(events: AgentEvents): ReconcilerEvents {
    return {
      ...events,
      synced: (round) => {
        const changes = this.#conflicts.update(this.#reconcilers.map(({ owners }) => owners));
        events.conflicts(changes, this.#conflicts.count);
        events.synced(round);
      },
    };
  }
}

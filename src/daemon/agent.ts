import type { FrontendKey } from "../compile/plan/frontends.ts";
import type { Settings } from "../compile/settings.ts";
import type { Address, Family } from "../model/address.ts";
import { type ObjectKey, serviceKey, servicePortName } from "../model/service.ts";
import type { Generation, Sender } from "../netlink/generations.ts";
import type { Table } from "../nft/ruleset.ts";
import type { Clock } from "./coalescer.ts";
import { Drift } from "./drift/drift.ts";
import type { Store } from "./store.ts";
import type { Kernel } from "./table/kernel.ts";
import { Reconciler } from "./table/reconciler.ts";
import type { ReconcilerEvents } from "./table/reconciler-options.ts";

export type AgentEvents = ReconcilerEvents & {
  /** Another program changed our table. It is repaired after this delay, which is 0 unless this happens all the time. */
  drifted(family: Family, sender: Sender, inMilliseconds: number): void;
};

/** A table for readers: its plans change with the next round. */
export type TableView = Pick<Reconciler, "family" | "plans" | "settings" | "kernelState">;

/** What belongs to a Service. */
export type Owned = { readonly frontend: FrontendKey } | { readonly clusterIP: Address };

/** `port`: the name of the service port; empty if it has none, or if all ports are meant. */
export type Owner = { readonly service: ObjectKey; readonly port: string };

export type AgentOptions = {
  readonly store: Store;
  /** The families whose tables are kept. */
  readonly families: readonly Family[];
  readonly settings: Settings;
  readonly kernel: Kernel;
  /** The pid of our process that holds a netlink port; undefined if none does, or it has ended. */
  readonly holderOf: (port: number) => number | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: AgentEvents;
  readonly minSyncPeriod: number;
};

/**
 * Keeps this node's tables equal to the store. Each family has a Reconciler, which does the rounds, and a Drift, which
 * tracks changes by other programs. Families do not wait for each other.
 *
 * It is told what has changed in the store, in the settings and in the kernel, and reports what it does through its
 * events.
 */
export class Agent {
  readonly #reconcilers: readonly Reconciler[];
  readonly #drifts: ReadonlyMap<Family, Drift>;

  constructor({ families, holderOf, events, ...options }: AgentOptions) {
    this.#drifts = new Map(
      families.map((family) => {
        const onDue = (cause: string) => this.#reconciler(family)?.request(cause);
        const onDrift = (sender: Sender, inMilliseconds: number) => events.drifted(family, sender, inMilliseconds);
        return [family, new Drift({ clock: options.clock, holderOf, onDrift, onDue })];
      }),
    );
    this.#reconcilers = Array.from(
      this.#drifts,
      ([family, drift]) => new Reconciler({ ...options, family, drift, events }),
    );
  }

  /** The desired tables. */
  get tables(): readonly Table[] {
    return this.#reconcilers.map(({ plans }) => plans.table());
  }

  /** What is known of each table. */
  get views(): readonly TableView[] {
    return this.#reconcilers;
  }

  /** The service port, `namespace/name:port`, that has a frontend. */
  servicePortOf(family: Family, frontend: FrontendKey): string | undefined {
    const owner = this.#reconciler(family)?.plans.owners.owner(frontend);
    return owner && servicePortName(owner.plan.service, owner.port.port);
  }

  /** The service port that has a frontend; of a ClusterIP, the Service. */
  ownerOf(family: Family, of: Owned): Owner | undefined {
    const plans = this.#reconciler(family)?.plans;
    if ("clusterIP" in of) {
      const service = plans?.clusterIPOwner(of.clusterIP);
      return service && { service, port: "" };
    }
    const owner = plans?.owners.owner(of.frontend);
    return owner && { service: serviceKey(owner.plan.service), port: owner.port.port.name };
  }

  /** The Service, or its endpoints in a family, have changed in the store. */
  changed(service: ObjectKey, cause: string, family?: Family): void {
    for (const reconciler of this.#reconcilers) {
      if (family === undefined || family === reconciler.family) reconciler.request(cause, service);
    }
  }

  setSettings(settings: Settings, cause: string): void {
    for (const reconciler of this.#reconcilers) reconciler.setSettings(settings, cause);
  }

  /** A transaction changed our tables, whether ours or not. */
  generation({ alterations, sender }: Generation): void {
    for (const [family, alteration] of alterations) this.#drifts.get(family)?.generation(alteration, sender);
  }

  /** From now on, changes by other programs are not noticed. */
  lostSight(): void {
    for (const drift of this.#drifts.values()) drift.lost();
  }

  /** From now on, all changes are noticed; earlier ones are repaired. */
  sighted(): void {
    for (const drift of this.#drifts.values()) drift.sighted();
  }

  /** Writes the store to the kernel, and keeps them equal until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    for (const reconciler of this.#reconcilers) reconciler.request("start");
    await Promise.all(this.#reconcilers.map((reconciler) => reconciler.run(signal)));
  }

  #reconciler(family: Family): Reconciler | undefined {
    return this.#reconcilers.find(({ family: own }) => own === family);
  }
}

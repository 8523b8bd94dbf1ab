import type { ObservedStatus, ObservedTable } from "../ask/status/status.ts";
import { differenceLine } from "../ask/verify/difference-line.ts";
import { verify } from "../ask/verify/verify.ts";
import { world } from "../ask/world.ts";
import { serviceTables } from "../compile/compile.ts";
import type { Settings } from "../compile/settings.ts";
import type { ServiceTable } from "../compile/table/service-table.ts";
import type { Clock } from "../daemon/coalescer.ts";
import type { Store } from "../daemon/store.ts";
import type { Kernel } from "../daemon/table/kernel.ts";
import { hostAddresses } from "../io/host/addresses.ts";
import { Bell } from "../io/host/bell.ts";
import type { Log } from "../io/host/log.ts";
import { nextTurn } from "../io/http/turns.ts";
import type { Metrics } from "../io/metrics/metrics.ts";
import { addressFamily, type Family } from "../model/address.ts";
import { changeCounts } from "../nft/change-counts.ts";
import { diffTables } from "../nft/transaction.ts";
import type { Times } from "./chronicle.ts";

export type ObserverOptions = {
  readonly families: readonly Family[];
  readonly store: Store;
  readonly settings: { readonly current: Settings };
  readonly kernel: Pick<Kernel, "readTable">;
  readonly clock: Clock;
  readonly times: Times;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "observed">;
};

/**
 * What an agent that only looks has to tell: what it would change in the kernel, and whether its rules do what its plans say.
 *
 * It makes the tables anew from what is known at one moment: rounds go on while packets are tried, and nobody waits for it.
 */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #bell = new Bell();
  #status: ObservedStatus = { tables: [], verified: undefined };
  #told = "";

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  get status(): ObservedStatus {
    return this.#status;
  }

  /** Something may be different now. */
  synced(): void {
    this.#bell.ring();
  }

  /** Looks whenever something may be different, until the signal is aborted. It rests ten times as long as it looked. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (; !signal.aborted; await this.#bell.sleep(undefined, signal)) {
      if (!this.#bell.take()) continue;
      const began = clock.now();
      await this.#look(signal);
      await clock.sleep(Math.max(leastRest, 10 * (clock.now() - began)), signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { families, store, settings, metrics, log, times } = this.#options;
    const cluster = {
      services: [...store.services.values()],
      endpointSlices: [...store.slices.values()],
      nodes: [],
      serviceCIDRs: [],
    };
    const current = settings.current;
    const all = serviceTables(cluster, current).filter(({ family }) => families.includes(family));
    const tables: ObservedTable[] = [];
    for (const each of all) tables.push(await this.#observe(each));
    const { packets, differences } = await verified(all, current, signal);
    if (signal.aborted) return;
    const verifiedAt = times.text(times.now());
    this.#status = { tables, verified: { at: verifiedAt, packets, differences: differences.slice(0, mostShown) } };
    metrics.observed.set(tables, packets, differences.length);
    const news = JSON.stringify([tables, differences]);
    if (news === this.#told) return;
    this.#told = news;
    log.info({ tables }, "what an agent that writes would change in the kernel");
    const fields = { packets, differences: differences.length, first: differences.slice(0, mostShown) };
    log[differences.length > 0 ? "warn" : "info"](fields, "interpreted the rules for packets of every kind");
  }

  async #observe(table: ServiceTable): Promise<ObservedTable> {
    const { family } = table;
    const read = await this.#options.kernel.readTable(table.declared());
    const changes = changeCounts(diffTables(read, table.table()));
    return { family, isThere: read !== undefined, ...changes };
  }
}

/** Tries packets of every kind, a Service at a time, and lets others have their turn in between. */
async function verified(tables: readonly ServiceTable[], settings: Settings, signal: AbortSignal) {
  let packets = 0;
  const differences: string[] = [];
  for (const plans of tables) {
    const own = hostAddresses().filter((each) => addressFamily(each) === plans.family);
    for (const each of verify(world(plans.family, settings, plans, own), plans.rendered())) {
      packets += each.packets;
      differences.push(...each.differences.map(differenceLine));
      await nextTurn();
      if (signal.aborted) return { packets, differences };
    }
  }
  return { packets, differences };
}

/** In milliseconds. */
const leastRest = 5000;

const mostShown = 20;

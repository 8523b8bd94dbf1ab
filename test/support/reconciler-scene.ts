import { Drift } from "../../src/daemon/drift/drift.ts";
import { Store } from "../../src/daemon/store.ts";
import { Reconciler } from "../../src/daemon/table/reconciler.ts";
import type { ReconcilerEvents } from "../../src/daemon/table/reconciler-options.ts";
import type { Round } from "../../src/daemon/table/round.ts";
import { settings } from "./arbitrary-cluster.ts";
import { FakeClock, settle } from "./fake-clock.ts";
import { FaultyKernel } from "./faulty-kernel.ts";

/** A running reconciler of IPv4, with everything that it uses. Time passes only on demand. */
export class ReconcilerScene {
  readonly clock = new FakeClock();
  readonly kernel = new FaultyKernel();
  readonly store = new Store();
  readonly rounds: Round[] = [];
  /** The events so far, in short: `synced full`, `set aside default/a`. */
  readonly log: string[] = [];
  readonly reconciler: Reconciler;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor() {
    const { clock, kernel, store, log } = this;
    const events: ReconcilerEvents = {
      requested: () => {},
      synced: (round) => {
        this.rounds.push(round);
        log.push(`synced ${round.kind}`);
      },
      failed: (_, error) => log.push(`failed ${error}`),
      setAside: (_, service) => log.push(`set aside ${service}`),
      leftOut: (_, part) => log.push(`left out ${part}`),
      putIn: (_, part) => log.push(`put in ${part}`),
      restored: (_, service, isServed) => log.push(`${isServed ? "restored" : "gone"} ${service}`),
    };
    const drift = new Drift({
      clock,
      holderOf: () => undefined,
      onDrift: () => log.push("drift"),
      onDue: (cause) => this.reconciler.request(cause),
    });
    kernel.onGeneration = ({ alterations, sender }) => {
      for (const alteration of alterations.values()) drift.generation(alteration, sender);
    };
    const world = { kernel, drift, clock, random: () => 0.5, events };
    this.reconciler = new Reconciler({ family: "ip", store, settings, minSyncPeriod: 0, ...world });
    store.follow((change) => {
      if ("key" in change) this.reconciler.request(change.kind, change.key);
    });
    this.#running = this.reconciler.run(this.#stop.signal);
  }

  /** Lets everything run that can without time passing. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 40; turn++) await settle();
  }

  /** Lets time pass until some alarms have rung. */
  async pass(alarms: number): Promise<void> {
    for (let alarm = 0; alarm < alarms; alarm++) await this.clock.advance();
    await this.quiet();
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

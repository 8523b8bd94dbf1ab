import { setTimeout as sleep } from "node:timers/promises";
import type { Caller } from "./caller.ts";
import type { ChangingService, Cluster } from "./cluster.ts";
import type { Connection } from "./judge.ts";
import type { Random } from "./random.ts";

/** Connects to Services all the time: to any, to those that have just changed, and to one that never changes. */
export class Prober {
  readonly #caller: Caller;
  readonly #services: readonly ChangingService[];
  readonly #calm: ChangingService;
  readonly #random: Random;
  readonly #underWay = new Map<Promise<void>, number>();
  #recent: readonly ChangingService[] = [];
  #done: Connection[] = [];

  constructor(caller: Caller, { services, calm }: Cluster, random: Random) {
    this.#caller = caller;
    this.#services = services;
    this.#calm = calm;
    this.#random = random;
  }

  async run(perSecond: number, signal: AbortSignal): Promise<void> {
    for (let count = 0; !signal.aborted; count++) {
      const connection = this.#connect(this.#choose(count));
      this.#underWay.set(connection, performance.now());
      void connection.then(() => this.#underWay.delete(connection));
      await sleep(1000 / perSecond);
    }
  }

  /** A Service has just changed. */
  noteChange(service: ChangingService): void {
    this.#recent = [...this.#recent.slice(-19), service];
  }

  /** The connections that have ended since the last call. */
  take(): readonly Connection[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /** A time before which no connection was begun that is still under way. */
  get oldestStart(): number {
    return Math.min(performance.now(), ...this.#underWay.values()) - 1000;
  }

  /** Waits until no connection is under way. */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay.keys());
  }

  #choose(count: number): ChangingService {
    if (count % 10 === 0) return this.#calm;
    return this.#random.of(count % 2 === 0 && this.#recent.length > 0 ? this.#recent : this.#services);
  }

  async #connect({ name, clusterIP }: ChangingService): Promise<void> {
    const start = performance.now();
    const called = await this.#caller.call(clusterIP, 80, patienceMs);
    this.#done.push({ service: name, clusterIP, start, end: performance.now(), ...called });
  }
}

/** A packet that is lost is sent again after a second. */
const patienceMs = 3000;

import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { Actors } from "./actors.ts";
import type { Barrier } from "./barrier.ts";
import type { Caller } from "./caller.ts";
import type { ChangingService, Cluster } from "./cluster.ts";
import { expected } from "./expected.ts";
import { type ForeignChange, foreignChanges, isRepaired } from "./foreign.ts";
import type { Harm } from "./judge.ts";
import type { Random } from "./random.ts";
import { Trouble } from "./trouble.ts";

export type Repair = { readonly what: string; readonly milliseconds: number; readonly isLate: boolean };

/** What is done around a foreign change, so that the agent does not see it. */
type Around = { readonly before: () => Promise<unknown>; readonly after: () => Promise<unknown> };

export type Surroundings = {
  readonly cluster: Cluster;
  readonly barrier: Barrier;
  readonly actors: Actors;
  readonly caller: Caller;
  readonly random: Random;
};

/** Changes the tables as another program might, and looks when that is repaired. */
export class ForeignDisturber {
  readonly repairs: Repair[] = [];
  readonly #surroundings: Surroundings;
  #harms: readonly Harm[] = [];

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  get names(): readonly string[] {
    const { calm } = this.#surroundings.cluster;
    return foreignChanges(calm, calm).map(({ name }) => name);
  }

  /** When connections were, or are, not to blame. */
  get harms(): readonly Harm[] {
    return this.#harms;
  }

  /** Resolves with how long the repair took, in words, when the kernel is known to be as it should be again. */
  async disturb(name: string, around?: Around): Promise<string> {
    const { barrier, actors, random, cluster, caller } = this.#surroundings;
    const victim = actors.reserve(random, (service) => this.#isAnswered(service));
    try {
      const change = foreignChanges(cluster.calm, victim).find((each) => each.name === name);
      if (change === undefined) throw new Error(`there is no foreign change ${name}`);
      // Then the kernel has what is to be taken from it.
      await barrier.passed();
      await around?.before();
      const harm = this.#open(change, victim);
      const { exitCode, stderr } = await execa("nft", [change.command], { reject: false });
      // As when an element is not there that the kernel should have.
      if (exitCode !== 0) throw new Trouble(`${name}: ${stderr}`);
      const done = performance.now();
      await around?.after();
      await untilRepaired(change, caller);
      const milliseconds = Math.round(performance.now() - done);
      const limit = limitMs + this.#loadingMs + (around ? startMs : 0);
      this.repairs.push({ what: name, milliseconds, isLate: milliseconds > limit });
      await barrier.passed();
      this.#close(harm);
      return `repaired after ${milliseconds} ms`;
    } finally {
      actors.release(victim);
    }
  }

  /** How long a busy machine may take to load all endpoints: ten times as long as one at rest. */
  get #loadingMs(): number {
    const { services } = this.#surroundings.cluster;
    return services.reduce((count, { pods }) => count + pods.latest.length, 0) / 10;
  }

  #isAnswered({ exists, pods }: ChangingService): boolean {
    const zone = this.#surroundings.cluster.zone.latest;
    return expected({ exists: exists.latest, pods: pods.latest, zone }).kind === "answered";
  }

  /** Before the change is made, as nobody knows when it takes effect. */
  #open({ name, harms }: ForeignChange, victim: ChangingService): Harm | undefined {
    if (harms === "nobody") return undefined;
    const clusterIP = harms === "victim" ? victim.clusterIP : undefined;
    const harm = { what: name, from: performance.now(), until: Number.POSITIVE_INFINITY, clusterIP };
    this.#harms = [...this.#harms, harm];
    return harm;
  }

  #close(harm: Harm | undefined): void {
    const until = performance.now();
    this.#harms = this.#harms.map((each) => (each === harm ? { ...each, until } : each));
  }
}

/** A second is what the agent promises for a small table; the rest is for a machine that is busy. */
const limitMs = 5000;
/** An agent that has to be started reads the whole cluster first. */
const startMs = 15_000;

async function untilRepaired(change: ForeignChange, caller: Caller): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await isRepaired(change, caller))) {
    if (performance.now() > end) throw new Trouble(`${change.name}: not repaired within a minute`);
    await sleep(50);
  }
}

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

export type Repair = {
  readonly what: string;
  readonly milliseconds: number;
  /** How many barriers were passed before it: as often, the agent had the kernel hold all other changes. */
  readonly passed: number;
  readonly isLate: boolean;
};

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
      const { passes } = barrier;
      await around?.after();
      await untilRepaired(change, caller);
      const milliseconds = Math.round(performance.now() - done);
      const passed = barrier.passes - passes;
      this.repairs.push({ what: name, milliseconds, passed, isLate: passed > mostPassed });
      await barrier.passed();
      this.#close(harm);
      return `repaired after ${milliseconds} ms`;
    } finally {
      actors.release(victim);
    }
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

/** Some pass while it is looked whether the kernel is right again: at rest, there is one in 60 ms. */
const mostPassed = 30;

async function untilRepaired(change: ForeignChange, caller: Caller): Promise<void> {
  const end = performance.now() + 120_000;
  while (!(await isRepaired(change, caller))) {
    if (performance.now() > end) throw new Trouble(`${change.name}: not repaired within two minutes`);
    await sleep(50);
  }
}

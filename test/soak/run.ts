import type { SpawnedAPIServer } from "../api-server/spawn.ts";
import { Actors } from "./actors.ts";
import { Barrier } from "./barrier.ts";
import type { Caller } from "./caller.ts";
import type { ChangingService, Cluster } from "./cluster.ts";
import { disturbances } from "./disturbances.ts";
import { Disturber } from "./disturber.ts";
import { Findings } from "./findings.ts";
import { ForeignDisturber } from "./foreign-disturber.ts";
import type { NodeAgent } from "./node-agent.ts";
import type { SoakOptions } from "./options.ts";
import { Prober } from "./prober.ts";
import { Random } from "./random.ts";
import { deleteElementUnseen, refuseConnections } from "./sabotage.ts";
import { Trouble } from "./trouble.ts";
import type { Verdict } from "./verdict.ts";

export type Scene = {
  readonly options: SoakOptions;
  readonly api: SpawnedAPIServer;
  readonly cluster: Cluster;
  readonly agent: NodeAgent;
  readonly caller: Caller;
  /** Tells people what is going on. */
  readonly say: (line: string) => void;
};

/** Lets everything happen to an agent for some minutes, and looks every minute whether all is as it should be. */
export class Soak {
  readonly #scene: Scene;
  readonly #random: Random;
  readonly #calm: ChangingService;
  readonly #barrier: Barrier;
  readonly #prober: Prober;
  readonly #actors: Actors;
  readonly #foreign: ForeignDisturber;
  readonly #disturber: Disturber;
  readonly #findings: Findings;
  readonly #ended = new AbortController();
  /** How much of what is wrong was said. */
  #said = 0;

  constructor(scene: Scene) {
    const { options, api, cluster, agent, caller } = scene;
    const random = new Random(options.seed);
    this.#scene = scene;
    this.#random = random;
    this.#calm = cluster.calm;
    this.#barrier = new Barrier(api, cluster, caller);
    this.#prober = new Prober(caller, cluster, random.fork());
    this.#actors = new Actors(cluster, (service) => this.#prober.noteChange(service));
    const around = { cluster, barrier: this.#barrier, actors: this.#actors, caller, random: random.fork() };
    this.#foreign = new ForeignDisturber(around);
    this.#disturber = new Disturber({
      disturbances: disturbances({ api, cluster, agent, foreign: this.#foreign, random: random.fork() }),
      barrier: this.#barrier,
      random: random.fork(),
      milliseconds: options.minutes * 60_000,
      say: scene.say,
    });
    this.#findings = new Findings(agent);
  }

  /** Rejects where the soak itself fails. */
  async run(): Promise<Verdict> {
    const { cluster, say } = this.#scene;
    const began = performance.now();
    try {
      await this.#live();
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.#findings.wrong.push(error.message);
      say(`wrong: ${error.message}`);
      await cluster.pause();
      await this.#findings.compare();
    }
    this.#ended.abort();
    await this.#prober.finish();
    return this.#verdict((performance.now() - began) / 1000);
  }

  /** Starts everything and lets it happen until the time is over. Rejects with Trouble where there is no point in going on. */
  async #live(): Promise<void> {
    const { options, agent, api, say } = this.#scene;
    const { signal } = this.#ended;
    say(`${options.services} Services of ${options.endpoints} endpoints, seed ${options.seed}: starting the agent`);
    agent.start();
    const barriers = this.#barrier.run(signal);
    await Promise.race([this.#barrier.passed(startSeconds), failure([barriers])]);
    say("the kernel has caught up");
    if (options.sabotage === "service") await refuseConnections(this.#calm);
    const tasks = [
      barriers,
      this.#findings.watchVitals([process.pid, api.pid ?? 0], () => this.#disturber.isPausing, signal),
      this.#prober.run(connectionsPerSecond, signal),
      ...Array.from({ length: actorCount }, () => this.#actors.act(this.#random.fork(), signal)),
    ];
    await Promise.race([this.#disturb(), failure(tasks)]);
  }

  async #disturb(): Promise<void> {
    const { options } = this.#scene;
    const began = performance.now();
    const end = began + options.minutes * 60_000;
    for (let minute = 1; performance.now() < end; minute++) {
      // The last agent must live long enough to show whether it grows.
      const mayEndAgent = () => performance.now() < (began + end) / 2;
      await this.#disturber.until(Math.min(end, began + minute * 60_000), { mayEndAgent });
      await this.#examine(performance.now() >= end);
    }
  }

  /** Lets all come to rest, and looks. */
  async #examine(isLast: boolean): Promise<void> {
    const { options, cluster, agent, say } = this.#scene;
    await cluster.pause();
    await this.#barrier.passed();
    const isEqual = await this.#barrier.resting(async () => {
      if (isLast && options.sabotage === "element") await deleteElementUnseen(agent.pid, this.#calm);
      await this.#findings.scrape();
      return this.#findings.compare();
    });
    await this.#judge();
    if (!agent.isRunning) this.#findings.wrong.push("the agent has ended");
    cluster.resume();
    const { tally, memory, rounds, wrong } = this.#findings;
    const { unexplained, excused } = tally.counts;
    const connections = `${tally.total} connections, ${excused} excused, ${unexplained} unexplained`;
    const kernel = isEqual ? "the kernel is equal to a fresh compile" : "the kernel DIFFERS";
    say(`${kernel}; ${cluster.changes} changes; ${rounds} rounds; ${connections}; ${Math.round(memory)} MB`);
    for (const what of wrong.slice(this.#said)) say(`wrong: ${what}`);
    this.#said = wrong.length;
  }

  async #judge(): Promise<void> {
    const { cluster, options } = this.#scene;
    await this.#findings.readLog(options.log);
    this.#findings.judge(this.#prober, cluster, this.#foreign.harms);
    cluster.forget(this.#prober.oldestStart);
  }

  async #verdict(seconds: number): Promise<Verdict> {
    const { options, cluster } = this.#scene;
    await this.#judge();
    const { wrong, tally, comparisons, rounds, log } = this.#findings;
    const { repairs } = this.#foreign;
    const late = repairs.filter(({ isLate }) => isLate);
    const growth = this.#findings.growth();
    return {
      options,
      wrong: [
        ...wrong,
        ...late.map(({ what, passed }) => `${what}: repaired only after ${passed} later changes were in the kernel`),
        ...growth
          .filter(({ isTooMuch }) => isTooMuch)
          .map(({ what, early, late }) => `${what}: from ${early} to ${late}`),
      ],
      doubts: tally.doubts(),
      seconds,
      changes: cluster.changes,
      actions: Object.fromEntries(this.#actors.counts),
      disturbances: Object.fromEntries(this.#disturber.counts),
      repairs,
      comparisons,
      connections: tally.counts,
      rounds,
      growth,
      log: Object.fromEntries(log),
    };
  }
}

const connectionsPerSecond = 40;
const actorCount = 6;
const startSeconds = 120;

/** Rejects when one of the tasks does, and never resolves. */
async function failure(tasks: readonly Promise<unknown>[]): Promise<never> {
  await Promise.all(tasks);
  return new Promise(() => undefined);
}

import { appendFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";
import { type Harm, judge } from "./judge.ts";
import type { NodeAgent } from "./node-agent.ts";
import type { Prober } from "./prober.ts";
import { UseCounts } from "./tally.ts";
import { type Growth, growth, type Sample, vitals } from "./vitals.ts";

/** What was found out about the agent and its work. */
export class Findings {
  /** Everything that was not as it should be. */
  readonly wrong: string[] = [];
  readonly tally = new UseCounts();
  /** How often the kernel was compared with a fresh compile, and how often it was equal. */
  readonly comparisons = { done: 0, equal: 0 };
  /** Warnings and errors of the agent. */
  readonly log = new Map<string, number>();
  /** Rounds that changed something. */
  rounds = 0;
  readonly #agent: NodeAgent;
  readonly #samples: Sample[] = [];

  constructor(agent: NodeAgent) {
    this.#agent = agent;
  }

  /** To be called when all that was sent is known to be in the kernel, and nothing more is sent. */
  async compare(): Promise<boolean> {
    let differences = await this.#agent.differences();
    // What is no longer used may go in a later step than that which makes a Service reachable.
    for (let looks = 1; differences !== "" && looks < 3; looks++) {
      await sleep(1000);
      differences = await this.#agent.differences();
    }
    this.comparisons.done += 1;
    if (differences === "") this.comparisons.equal += 1;
    else this.wrong.push(`the kernel differs from a fresh compile: ${differences.slice(0, 2000)}`);
    return differences === "";
  }

  /** Reads the agent's metrics, as a Prometheus would. */
  async scrape(): Promise<void> {
    const found = await fetch("http://127.0.0.1:10249/metrics", { headers: { connection: "close" } }).then(
      async (response) => `${response.status} ${(await response.text()).includes("kube_nft_rounds_total")}`,
      String,
    );
    if (found !== "200 true") this.wrong.push(`the agent's metrics: ${found}`);
  }

  /** Judges the connections that have ended: not when they end, but when it is known how long each change took. */
  judge(prober: Prober, { services, zone }: Cluster, harms: readonly Harm[]): void {
    const known = new Map(services.map((service) => [service.name, { ...service, zone }]));
    for (const connection of prober.take()) {
      const service = known.get(connection.service);
      const wrong = service && this.tally.add(connection, judge(connection, service, harms));
      if (wrong !== undefined) this.wrong.push(wrong);
    }
  }

  /** Counts what was logged since the last time, and keeps it in a file where there is one. */
  async readLog(file: string | undefined): Promise<void> {
    const lines = this.#agent.takeLog();
    if (file !== undefined) await appendFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    for (const { level, msg } of lines) {
      if (msg === "synced") this.rounds += 1;
      if (level === "info" || level === "debug") continue;
      this.log.set(`${level}: ${msg}`, (this.log.get(`${level}: ${msg}`) ?? 0) + 1);
    }
  }

  /** Looks at the agent every second; `others` are the processes here that are not the agent's. */
  async watchVitals(others: readonly number[], isCalm: () => boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const found = await vitals(this.#agent.pid, others);
      if (found !== undefined) this.#samples.push({ ...found, isCalm: isCalm() });
      await sleep(1000);
    }
  }

  get memory(): number {
    return this.#samples.at(-1)?.memory ?? 0;
  }

  growth(): readonly Growth[] {
    return growth(this.#samples);
  }
}

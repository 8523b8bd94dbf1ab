import { execa } from "execa";
import type { Figure } from "../figures.ts";
import type { AgentUnderTest } from "./agent-under-test.ts";
import type { Probe, Stream } from "./probe.ts";

export type StartOptions = {
  readonly start: () => AgentUnderTest;
  readonly runs: number;
  /** No further run begins after so many ms. */
  readonly atMost: number;
};

/** Starts the agent where there are no tables, again and again; the last one runs on. */
export async function startFigures({ start, runs, atMost }: StartOptions): Promise<Started> {
  const measured: StartRun[] = [];
  const began = performance.now();
  for (;;) {
    const agent = start();
    measured.push(await startRun(agent));
    const isLast = measured.length >= runs || performance.now() - began > atMost;
    if (isLast) return { agent, figures: startRunFigures("start", measured) };
    await agent.stop();
    for (const family of ["ip", "ip6"]) await execa("nft", ["delete", "table", family, "kube-nft"], { reject: false });
  }
}

/** Replaces the running agent by a new one, again and again, under a stream of connections; the last one runs on. */
export async function restartFigures(
  running: AgentUnderTest,
  probe: Probe,
  { start, runs, atMost }: StartOptions,
): Promise<Started> {
  const measured: StartRun[] = [];
  const streams: Stream[] = [];
  const began = performance.now();
  let agent = running;
  do {
    const stream = await probe.connectDuring(async () => {
      await agent.stop();
      agent = start();
      measured.push(await startRun(agent));
    });
    streams.push(stream);
  } while (measured.length < runs && performance.now() - began < atMost);
  const figures: readonly Figure[] = [
    ...startRunFigures("restart", measured),
    { name: "restart, connections", unit: "count", values: streams.map(({ connections }) => connections) },
    { name: "restart, failed connections", unit: "count", values: streams.map(({ failed }) => failed) },
    { name: "restart, slowest connection", unit: "ms", values: streams.map(({ slowest }) => slowest) },
  ];
  return { agent, figures };
}

type Started = { readonly agent: AgentUnderTest; readonly figures: readonly Figure[] };

type StartRun = { readonly healthy: number; readonly own: number; readonly nft: number; readonly together: number };

async function startRun(agent: AgentUnderTest): Promise<StartRun> {
  const healthy = await agent.healthy();
  const { nft, together } = agent.peaks;
  return { healthy, own: agent.memory().peak, nft, together };
}

function startRunFigures(what: string, runs: readonly StartRun[]): readonly Figure[] {
  return [
    { name: `${what}, time to healthy`, unit: "ms", values: runs.map(({ healthy }) => healthy) },
    { name: `${what}, peak memory of the agent`, unit: "MB", values: runs.map(({ own }) => own) },
    { name: `${what}, peak memory of nft`, unit: "MB", values: runs.map(({ nft }) => nft) },
    { name: `${what}, peak memory together`, unit: "MB", values: runs.map(({ together }) => together) },
  ];
}

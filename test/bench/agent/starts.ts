import { execa } from "execa";
import type { SpawnedAPIServer } from "../../api-server/spawn.ts";
import type { Figure } from "../figures.ts";
import type { AgentUnderTest } from "./agent-under-test.ts";
import type { Probe, Stream } from "./probe.ts";

export type StartOptions = {
  readonly api: SpawnedAPIServer;
  readonly start: () => AgentUnderTest;
  readonly runs: number;
  /** No further run begins after so many ms. */
  readonly atMost: number;
};

/** Starts the agent where there are no tables, again and again; the last one runs on. */
export async function startFigures({ api, start, runs, atMost }: StartOptions): Promise<Started> {
  const measured: StartRun[] = [];
  const began = performance.now();
  for (;;) {
    const { agent, figures } = await startRun(api, start);
    measured.push(figures);
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
  { api, start, runs, atMost }: StartOptions,
): Promise<Started> {
  const measured: StartRun[] = [];
  const streams: Stream[] = [];
  const began = performance.now();
  let agent = running;
  do {
    const stream = await probe.connectDuring(async () => {
      await agent.stop();
      const started = await startRun(api, start);
      agent = started.agent;
      measured.push(started.figures);
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

type StartRun = Readonly<
  Record<"healthy" | "processor" | "processes" | "received" | "own" | "nft" | "together", number>
>;

async function startRun(
  api: Pick<SpawnedAPIServer, "call">,
  start: () => AgentUnderTest,
): Promise<{ readonly agent: AgentUnderTest; readonly figures: StartRun }> {
  const sent = await api.call("bytesSent");
  const agent = start();
  const healthy = await agent.healthy();
  const { own, children } = agent.processorTime();
  const received = ((await api.call("bytesSent")) - sent) / 1e6;
  const { nft, together } = agent.peaks;
  const { peak } = agent.memory();
  const processor = own + children;
  return { agent, figures: { healthy, processor, processes: agent.processes(), received, own: peak, nft, together } };
}

function startRunFigures(what: string, runs: readonly StartRun[]): readonly Figure[] {
  const figure = (name: string, unit: Figure["unit"], key: keyof StartRun): Figure => ({
    name: `${what}, ${name}`,
    unit,
    values: runs.map((run) => run[key]),
  });
  return [
    figure("time to healthy", "ms", "healthy"),
    figure("processor time with children", "ms", "processor"),
    figure("processes started", "count", "processes"),
    figure("received from the API server", "MB", "received"),
    figure("peak memory of the agent", "MB", "own"),
    figure("peak memory of nft", "MB", "nft"),
    figure("peak memory together", "MB", "together"),
  ];
}

import { setTimeout as sleep } from "node:timers/promises";
import type { ChurnOptions } from "../../api-server/churn.ts";
import type { SpawnedAPIServer } from "../../api-server/spawn.ts";
import type { Figure } from "../figures.ts";
import type { AgentUnderTest } from "./agent-under-test.ts";
import type { Probe } from "./probe.ts";

export type UnderChurn = {
  readonly api: SpawnedAPIServer;
  readonly agent: AgentUnderTest;
  readonly probe: Probe;
  readonly churn: ChurnOptions;
  /** How often the probe moves, five times a second at most. */
  readonly moves: number;
};

/** What a change takes, in time and processor time, while other Services change; processor time in five parts. */
export async function churnFigures({ api, agent, probe, churn, moves }: UnderChurn): Promise<readonly Figure[]> {
  await api.call("startChurn", churn);
  await sleep(2000);
  const reactions: number[] = [];
  const own: number[] = [];
  const withChildren: number[] = [];
  for (let part = 0; part < parts; part++) {
    const before = await usage(api, agent);
    const count = Math.ceil(moves / parts);
    for (let move = 0; move < count; move++) {
      reactions.push(await probe.move());
      await sleep(200);
    }
    const after = await usage(api, agent);
    const changes = count + after.churned - before.churned;
    own.push((after.own - before.own) / changes);
    withChildren.push((after.own + after.children - before.own - before.children) / changes);
  }
  await api.call("stopChurn");
  const name = `churn ${churn.rate}/s`;
  return [
    { name: `${name}, event to packet, p50`, unit: "ms", values: reactions },
    { name: `${name}, event to packet, p99`, unit: "ms", values: [percentile99(reactions)] },
    { name: `${name}, processor time of a change`, unit: "ms", values: own },
    { name: `${name}, processor time of a change with nft`, unit: "ms", values: withChildren },
  ];
}

const parts = 5;

async function usage(api: SpawnedAPIServer, agent: AgentUnderTest) {
  return { churned: await api.call("churned"), ...agent.processorTime() };
}

function percentile99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}

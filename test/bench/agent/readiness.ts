import { setTimeout as sleep } from "node:timers/promises";
import type { Figure } from "../figures.ts";
import type { AgentUnderTest } from "./agent-under-test.ts";
import type { Probe } from "./probe.ts";

export type Readiness = {
  readonly agent: AgentUnderTest;
  readonly probe: Probe;
  /** How often an endpoint becomes ready, and unready again. */
  readonly turns: number;
};

/** What it takes until an endpoint that becomes ready has its first packet, and in processor time, when nothing else changes. */
export async function readinessFigures({ agent, probe, turns }: Readiness): Promise<readonly Figure[]> {
  const reactions: number[] = [];
  const costs: number[] = [];
  for (let turn = -warmUps; turn < turns; turn++) {
    const before = agent.processorTime();
    const reaction = await probe.becomeReady();
    await sleep(100);
    await probe.becomeUnready();
    // What is left for after the change belongs to it.
    await sleep(400);
    const after = agent.processorTime();
    if (turn < 0) continue;
    reactions.push(reaction);
    costs.push((after.own + after.children - before.own - before.children) / 2);
  }
  return [
    { name: "readiness, event to packet", unit: "ms", values: reactions },
    { name: "readiness, processor time of a change with nft", unit: "ms", values: costs },
  ];
}

const warmUps = 10;

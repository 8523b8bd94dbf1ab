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
  await turn(probe, warmUps);
  const reactions: number[] = [];
  const costs: number[] = [];
  // The kernel counts processor time in steps of 10 ms.
  const inPart = Math.ceil(turns / parts);
  for (let part = 0; part < parts; part++) {
    const before = agent.processorTime();
    reactions.push(...(await turn(probe, inPart)));
    const after = agent.processorTime();
    costs.push((after.own + after.children - before.own - before.children) / inPart / 2);
  }
  return [
    { name: "readiness, event to packet", unit: "ms", values: reactions },
    { name: "readiness, processor time of a change with nft", unit: "ms", values: costs },
  ];
}

/** The ms until an endpoint that became ready had its first packet, so many times. */
async function turn(probe: Probe, times: number): Promise<readonly number[]> {
  const reactions: number[] = [];
  for (let time = 0; time < times; time++) {
    reactions.push(await probe.becomeReady());
    await sleep(100);
    await probe.becomeUnready();
    // What is left for after the change belongs to it.
    await sleep(400);
  }
  return reactions;
}

const warmUps = 10;
const parts = 5;

import type { Agent } from "../daemon/agent.ts";
import { watchTables } from "../io/nft/watch.ts";
import type { Reports } from "./reports.ts";

/**
 * Reports changes of the tables by other programs to the agent, until the signal is aborted. Resolves when the agent may
 * start.
 */
export function watchAgentTables(agent: Agent, report: Pick<Reports, "lostSight">, signal: AbortSignal): Promise<void> {
  const events = {
    onGeneration: agent.generation.bind(agent),
    onSighted: agent.sighted.bind(agent),
    onLost: (error: Error, isNew: boolean) => {
      agent.lostSight();
      report.lostSight(error, isNew);
    },
  };
  return watchTables(events, signal);
}

import type { Agent } from "../daemon/agent.ts";
import { systemClock } from "../io/host/clock.ts";
import type { Log } from "../io/host/log.ts";
import { watchGenerations } from "../io/nft/watch.ts";

/**
 * Has the agent told of what others do to the tables, until the signal is aborted. Resolves when that is seen, or cannot
 * be, or not soon enough.
 */
export function watchTables(
  agent: Pick<Agent, "generation" | "lostSight">,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    let isListening = false;
    let isLost = false;
    // A socat that never says that it listens must not keep the node without rules.
    void systemClock.sleep(5000, signal).then(() => {
      isLost = !isListening;
      resolve();
    });
    const events = {
      onListening: () => {
        isListening = true;
        if (isLost) agent.lostSight();
        isLost = false;
        resolve();
      },
      onGeneration: agent.generation.bind(agent),
      onLost: (error: Error) => {
        // It is tried again and again, and may fail for the same reason for ever.
        log[isLost ? "debug" : "warn"]({ err: error }, "lost sight of changes that others make to the tables");
        isLost = true;
        resolve();
      },
    };
    void watchGenerations(events, signal).then(resolve);
  });
}

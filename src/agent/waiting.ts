import type { WatchStatus } from "../ask/status/status.ts";
import type { Clock } from "../daemon/coalescer.ts";
import type { Log } from "../io/host/log.ts";
import type { Family } from "../model/address.ts";
import { tableName } from "../nft/ruleset.ts";

export type Start = {
  readonly states: { readonly all: readonly WatchStatus[] };
  readonly health: { isFamilyHealthy(family: Family): boolean };
  readonly families: readonly Family[];
  readonly log: Pick<Log, "info">;
  readonly clock: Clock;
};

/**
 * Logs what the start still waits for: once a second at first, then less and less often. Resolves when
 * the tables are in the kernel, or the signal is aborted.
 */
export async function tellWaiting(start: Start, signal: AbortSignal): Promise<void> {
  const { clock, log } = start;
  const began = clock.now();
  for (;;) {
    await clock.sleep(Math.max(1000, (clock.now() - began) / 10), signal);
    const reasons = waitingFor(start);
    if (signal.aborted || reasons.length === 0) return;
    log.info({ for: reasons, seconds: Math.round((clock.now() - began) / 1000) }, "starting: waiting");
  }
}

function waitingFor({ states, health, families }: Start): readonly string[] {
  const unread = states.all.filter(({ state }) => state === "not yet" || state === "failing");
  if (unread.length > 0) return unread.map(({ resource }) => `${resource} from the API server`);
  return families.filter((family) => !health.isFamilyHealthy(family)).map((family) => `table ${family} ${tableName}`);
}

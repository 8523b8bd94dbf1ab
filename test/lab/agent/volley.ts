import { type Attempt, type Outcome, type UseCounts, type Volley, words } from "../messages.ts";
import type { Caller } from "./caller.ts";

/** Makes many attempts, some of them at the same time, and counts how each ended. The sources take turns. */
export async function volley(caller: Caller, { attempt, count, sources, atOnce }: Volley): Promise<UseCounts> {
  const tally: Record<string, number> = {};
  let made = 0;
  const work = async (): Promise<void> => {
    while (made < count) {
      const source = sources[made % sources.length] ?? attempt.source;
      made += 1;
      const outcome = words(await attemptSurely(caller, { ...attempt, source }));
      tally[outcome] = (tally[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return tally;
}

/** Where a source seems kept, another attempt counts: `masquerade fully-random` draws the old port once in 64,512. */
async function attemptSurely(caller: Caller, attempt: Attempt): Promise<Outcome> {
  const outcome = await caller.attempt(attempt);
  return outcome.kind === "answered" && outcome.sourceKept ? caller.attempt(attempt) : outcome;
}

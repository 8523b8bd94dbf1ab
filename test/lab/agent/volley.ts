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

/**
 * Where a server saw our own address, only the port tells whether it saw our source, and chance can make it tell wrong:
 * `masquerade fully-random` draws the old port once in 64,512, and a port that is in use towards the same endpoint, by way
 * of another frontend, is replaced. So another attempt must agree, or else two at the same endpoint be right.
 */
async function attemptSurely(caller: Caller, attempt: Attempt): Promise<Outcome> {
  const first = await caller.attempt(attempt);
  if (first.kind !== "answered" || !first.addressKept) return first;
  for (let more = 1, contradictions = 0; more <= 20 && contradictions < 2; more++) {
    const next = await caller.attempt(attempt);
    if (next.kind !== "answered" || next.sourceKept === first.sourceKept) return first;
    if (next.by === first.by && next.port === first.port) contradictions += 1;
    if (contradictions === 2) return next;
  }
  return first;
}

import type { Lab } from "../lab/lab.ts";
import { familyOf } from "../lab/world.ts";
import type { Row } from "./row.ts";
import { send } from "./send.ts";

/** What came of each row's packets, in the lab's words and in order. */
export type Seen = ReadonlyMap<Row, readonly string[]>;

/**
 * Loads a ruleset and sends the packets of rows. For sticky rows it does so again, with nobody remembered, until each
 * endpoint was somebody's: else it could be the first one's always.
 *
 * @param isTogether whether rows are sent at once; a slow machine answers too late then
 */
export async function sendAll(lab: Lab, ruleset: string, rows: readonly Row[], isTogether = true): Promise<Seen> {
  const seen = new Map(rows.map((row) => [row, new Set<string>()]));
  let open = rows;
  for (let round = 1; open.length > 0 && round <= mostRounds; round++) {
    await lab.load(ruleset);
    const sendRow = async (row: Row) => {
      for (const outcome of await send(lab, row)) seen.get(row)?.add(outcome);
    };
    if (isTogether) await Promise.all(open.map(sendRow));
    else for (const row of open) await sendRow(row);
    open = open.filter((row) => isDrawn(row, ruleset) && row.outcomes.some((outcome) => !seen.get(row)?.has(outcome)));
  }
  return new Map([...seen].map(([row, outcomes]) => [row, [...outcomes].sort()]));
}

/** Whether chance gives a client its endpoint. Otherwise it is the hash of its address, and always the same. */
export function isDrawn({ isSticky, to }: Row, ruleset: string): boolean {
  return isSticky && !ruleset.includes(familyOf(to) === 6 ? "jhash ip6 saddr" : "jhash ip saddr");
}

/** One of three endpoints stays out of so many rounds once in 1e10. */
const mostRounds = 60;

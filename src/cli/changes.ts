import { type TableDifferences, tableDifferences } from "../ask/table-changes.ts";
import { takenAway } from "../ask/taken-away.ts";
import type { ServiceTable } from "../compile/table/service-table.ts";
import { stepsTo } from "../daemon/table/apply.ts";
import { readTable } from "../io/nft/read-table.ts";
import { diffTables, emptyTable, type Transaction } from "../nft/transaction.ts";

/** How the kernel's tables differ from the desired ones. */
export type Changes = {
  readonly differences: TableDifferences;
  /** What is served now and would no longer be, one line each. */
  readonly losses: readonly string[];
  /** The transactions that make them equal, in the agent's order; none if they are equal. */
  readonly steps: readonly Transaction[];
};

export async function changesHere(tables: readonly ServiceTable[]): Promise<Changes> {
  const changes = [];
  const steps: Transaction[] = [];
  for (const table of tables) {
    const after = table.rendered();
    const present = await readTable(after);
    const before = present ?? { ...emptyTable(after.family), unread: new Set<string>() };
    const transaction = diffTables(present, after);
    changes.push({ before, after, transaction });
    if (transaction.commands.length > 0) steps.push(...stepsTo(present, table));
  }
  return {
    differences: tableDifferences(changes),
    losses: changes.flatMap(({ before, after }) => takenAway(before, after)),
    steps,
  };
}

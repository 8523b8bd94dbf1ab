import { changeLines } from "../ask/table-changes.ts";
import { readTable } from "../io/nft/nft.ts";
import { printTransactions } from "../nft/print-transaction.ts";
import type { Ruleset } from "../nft/ruleset.ts";
import { diffTables, emptyTable } from "../nft/transaction.ts";

/** What differs between the kernel's tables and the ruleset, for people, and the nft commands that make them equal. */
export async function changesHere(
  ruleset: Ruleset,
): Promise<{ readonly lines: readonly string[]; readonly text: string }> {
  const changes = [];
  for (const after of ruleset) {
    const applied = await readTable(after);
    const before = applied ?? emptyTable(after.family);
    changes.push({ before, after, transaction: diffTables(applied, after) });
  }
  return { lines: changeLines(changes), text: printTransactions(changes.map(({ transaction }) => transaction)) };
}

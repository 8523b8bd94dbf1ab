import { changeLines } from "../ask/table-changes.ts";
import { takenAway } from "../ask/taken-away.ts";
import { readTable } from "../io/nft/nft.ts";
import { printTransactions } from "../nft/print-transaction.ts";
import type { Ruleset } from "../nft/ruleset.ts";
import { diffTables, emptyTable } from "../nft/transaction.ts";

/** How the kernel's tables differ from a ruleset. */
export type Changes = {
  /** For people. */
  readonly lines: readonly string[];
  /** What is served now and not by the ruleset, a line each. */
  readonly losses: readonly string[];
  /** The nft commands that make them equal; empty where they are. */
  readonly text: string;
};

export async function changesHere(ruleset: Ruleset): Promise<Changes> {
  const changes = [];
  for (const after of ruleset) {
    const applied = await readTable(after);
    const before = applied ?? emptyTable(after.family);
    changes.push({ before, after, transaction: diffTables(applied, after) });
  }
  return {
    lines: changeLines(changes),
    losses: changes.flatMap(({ before, after }) => takenAway(before, after)),
    text: printTransactions(changes.map(({ transaction }) => transaction)),
  };
}

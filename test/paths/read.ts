/**
 * Makes a part of the states out of nothing in the kernel, reads each of them back, and prints what went wrong as JSON.
 * To be run like `walk.ts`.
 */
import { readTable } from "../../src/io/nft/nft.ts";
import { printTransactions } from "../../src/nft/print-transaction.ts";
import { tableName } from "../../src/nft/ruleset.ts";
import { diffTables } from "../../src/nft/transaction.ts";
import { Kernel } from "./kernel.ts";
import { listingDifferences } from "./listing.ts";
import { type State, states } from "./states.ts";

const [part = 0, parts = 1] = process.argv.slice(2).map(Number);
const all = await states();
const kernel = new Kernel();
const failures: string[] = [];

const mine = all.filter((_, index) => index % parts === part);
for (const state of mine) await check(state);
kernel.close();
process.stdout.write(JSON.stringify({ states: all.length, done: mine.length, failures }));

async function check({ fixture, ruleset, text }: State): Promise<void> {
  await kernel.load(text);
  const fresh = await kernel.list(ruleset.length);
  await kernel.load(ruleset.map(({ family }) => `delete table ${family} ${tableName}\n`).join(""));
  await kernel.load(printTransactions(ruleset.map((table) => diffTables(undefined, table))));
  const differences = listingDifferences(fresh, await kernel.list(ruleset.length));
  if (differences.length > 0) failures.push([`${fixture} out of nothing:`, ...differences].join("\n"));
  for (const table of ruleset) {
    const commands = printTransactions([diffTables(await readTable(table), table)]);
    if (commands !== "") failures.push(`${fixture} read back lacks:\n${commands}`);
  }
}

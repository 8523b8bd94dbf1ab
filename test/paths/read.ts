/**
 * Reads tables of the states back from the kernel, which together have every declaration of a set and every chain that
 * there is, and prints what went wrong as JSON. To be run from the folder of the repository in a network namespace of its
 * own.
 */
import { readTable } from "../../src/io/nft/read-table.ts";
import { printTransactions } from "../../src/nft/print-transaction.ts";
import type { Table } from "../../src/nft/ruleset.ts";
import { diffTables } from "../../src/nft/transaction.ts";
import { Kernel } from "./kernel.ts";
import { states } from "./states.ts";

export type Read = { readonly tables: number; readonly failures: readonly string[] };

const kernel = new Kernel();
const failures: string[] = [];
const seen = new Set<string>();
let tables = 0;
for (const { fixture, ruleset, text } of await states()) {
  const news = ruleset.filter(hasNews);
  if (news.length > 0) await kernel.load(`flush ruleset\n${text}`);
  for (const table of news) {
    tables += 1;
    const commands = printTransactions([diffTables(await readTable(table), table)]);
    if (commands !== "") failures.push(`${fixture} read back lacks:\n${commands}`);
  }
}
kernel.close();
const read: Read = { tables, failures };
process.stdout.write(JSON.stringify(read));

function hasNews({ family, sets, chains }: Table): boolean {
  const { size } = seen;
  for (const { elements, ...declaration } of sets.values()) seen.add(family + JSON.stringify(declaration));
  for (const chain of chains.values()) seen.add(family + JSON.stringify(chain));
  return seen.size > size;
}

import { readTable } from "../io/nft/read-table.ts";
import type { Table } from "../nft/ruleset.ts";
import { emptyTable } from "../nft/transaction.ts";

/** The table in this machine's kernel, and the chains whose rules differ from the desired ones. */
export async function loadedTable(
  desired: Table,
): Promise<{ readonly table: Table; readonly chains: readonly string[] }> {
  const table = (await readTable(desired)) ?? emptyTable(desired.family);
  const isForeign = (name: string) => table.chains.get(name) !== desired.chains.get(name);
  return { table, chains: [...desired.chains.keys()].filter((name) => table.chains.has(name) && isForeign(name)) };
}

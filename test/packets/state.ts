import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { desiredTables } from "../../src/cli/desired.ts";
import type { AffinityMethod } from "../../src/compile/settings.ts";
import { readText } from "../../src/io/files/read.ts";
import { printTransactions } from "../../src/nft/print-transaction.ts";
import type { Ruleset } from "../../src/nft/ruleset.ts";
import { diffTables, restoreTable } from "../../src/nft/transaction.ts";
import { sourcesOf } from "../golden/sources.ts";
import type { Lab } from "../lab/lab.ts";
import { knownOf } from "../support/fake-kernel.ts";

/**
 * The ruleset of a fixture, as its command has it; `edit` changes the manifests before. `ipv6Affinity` is for commands
 * that leave it open.
 */
export async function state(
  fixture: string,
  ipv6Affinity: AffinityMethod,
  edit: (manifests: string) => string = (manifests) => manifests,
): Promise<Ruleset> {
  const sources = sourcesOf(fixture, ipv6Affinity);
  const [manifests = ""] = await Promise.all(sources.filename.map((path) => readText(path)));
  const { tables } = await withFile(edit(manifests), (file) =>
    desiredTables({ ...sources, filename: [file] }, { hostname: "", addresses: [] }),
  );
  return tables.map((table) => table.rendered());
}

/** Changes the node's tables in place, as a sync does: connections and what packets left in the tables stay. */
export async function change(lab: Lab, before: Ruleset, after: Ruleset): Promise<void> {
  const transactions = after.map((table) =>
    diffTables(
      before.find(({ family }) => family === table.family),
      table,
    ),
  );
  await carryOut(lab, printTransactions(transactions));
}

/** Writes the node's rules again, in place, as a full sync does. */
export async function restore(lab: Lab, ruleset: Ruleset): Promise<void> {
  await carryOut(lab, printTransactions(ruleset.map((table) => restoreTable(knownOf(table, false), table))));
}

async function carryOut(lab: Lab, commands: string): Promise<void> {
  const { exitCode, stderr } = await lab.nft(["-f", "-"], commands);
  if (exitCode !== 0) throw new Error(`nft refuses the change: ${stderr}`);
}

async function withFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "kube-nft-"));
  try {
    const file = join(folder, "manifests.yaml");
    await writeFile(file, text);
    return await use(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

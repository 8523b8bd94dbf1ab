/**
 * Makes a part of a walk from state to state in the kernel, and prints what went wrong as JSON. To be run from the
 * folder of the repository in a network namespace of its own:
 *
 *     unshare -n node test/paths/walk.ts 0 4         # the first quarter of all steps that there are
 *     unshare -n node test/paths/walk.ts 0 4 1000    # the first quarter of 1,000 steps
 */
import { printTransactions } from "../../src/nft/print-transaction.ts";
import { diffTables } from "../../src/nft/transaction.ts";
import { Kernel } from "./kernel.ts";
import { listingDifferences } from "./listing.ts";
import { type State, states } from "./states.ts";
import { everyStep, partOf, someSteps } from "./steps.ts";

const [part = 0, parts = 1, sample] = process.argv.slice(2).map(Number);
const all = await states();
const kernel = new Kernel();
const failures: string[] = [];

const fresh = new Map<State, readonly string[]>();
for (const state of all) {
  await kernel.load(state.text);
  fresh.set(state, await kernel.list(state.ruleset.length));
}

const numbers = sample === undefined ? everyStep(all.length) : someSteps(all.length, sample, 1);
const [start, ...rest] = partOf(numbers, part, parts).flatMap((number) => all[number] ?? []);
if (start) {
  await kernel.load(start.text);
  let from = start;
  for (const to of rest) {
    await step(from, to);
    from = to;
  }
}
kernel.close();
process.stdout.write(JSON.stringify({ states: all.length, done: rest.length, failures }));

async function step(from: State, to: State): Promise<void> {
  const transactions = to.ruleset.map((table) => diffTables(tableOf(from, table.family), table));
  const commands = printTransactions(transactions);
  const path = `${from.fixture} -> ${to.fixture}`;
  if (from === to) {
    if (commands !== "") failures.push(`${path}: should be nothing:\n${commands}`);
    return;
  }
  const said = await kernel.apply(commands);
  const differences = listingDifferences(fresh.get(to) ?? [], await kernel.list(to.ruleset.length));
  if (said === "" && differences.length === 0) return;
  failures.push([`${path}: ${said}`, ...differences].join("\n"));
  await kernel.load(to.text);
}

function tableOf({ ruleset }: State, family: string) {
  return ruleset.find((table) => table.family === family);
}

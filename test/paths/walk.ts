/**
 * Goes from state to state in the kernel, and prints what went wrong as JSON. To be run from the folder of the repository:
 *
 *     node test/paths/walk.ts all               # every step that there is
 *     node test/paths/walk.ts structures 300    # one of each structure of a transaction, and 300 more
 *     node test/paths/walk.ts none 600
 */
import { printTransactions } from "../../src/nft/print-transaction.ts";
import { tableName } from "../../src/nft/ruleset.ts";
import { diffTables } from "../../src/nft/transaction.ts";
import { Kernel } from "./kernel.ts";
import { listingDifferences } from "./listing.ts";
import { type State, states } from "./states.ts";
import { everyStep, oneOfEachStructure, type Step, sample, transactions } from "./steps.ts";

export type Walked = {
  readonly states: number;
  /** The steps that were to be done. More are, from where one ends to where the next begins. */
  readonly steps: number;
  readonly done: number;
  readonly failures: readonly string[];
};

const [which, count = "0"] = process.argv.slice(2);
const all = await states();
const every = everyStep(all);
const ofStructures = which === "structures" ? oneOfEachStructure(every) : [];
const steps = which === "all" ? every : [...ofStructures, ...sample(every, Number(count), 1)];

const failures: string[] = [];
const fresh = new Map<State, readonly string[]>();
let done = 0;

// The kernel waits more than it works, so a few can be at it at the same time.
const kernels = await Promise.all(Array.from({ length: 6 }, () => Kernel.apart()));
await eachWith(kernels, all, outOfNothing);
const open = Map.groupBy(new Set(steps), ({ from }) => from);
await Promise.all(kernels.map(walk));
for (const kernel of kernels) kernel.close();
const walked: Walked = { states: all.length, steps: steps.length, done, failures };
process.stdout.write(JSON.stringify(walked));

/** A state made out of nothing is as a fresh load. */
async function outOfNothing(kernel: Kernel, state: State): Promise<void> {
  const { fixture, ruleset, text } = state;
  await kernel.load(`flush ruleset\n${text}`);
  const listing = await kernel.list(ruleset.length);
  fresh.set(state, listing);
  await kernel.load(ruleset.map(({ family }) => `delete table ${family} ${tableName}\n`).join(""));
  const said = await kernel.apply(printTransactions(ruleset.map((table) => diffTables(undefined, table))));
  const differences = listingDifferences(listing, await kernel.list(ruleset.length));
  if (said !== "" || differences.length > 0)
    failures.push([`nothing -> ${fixture}: ${said}`, ...differences].join("\n"));
}

/** Does steps while any are open. Where none begins that is open, it goes to where one does, which is a step too. */
async function walk(kernel: Kernel): Promise<void> {
  let [at] = all;
  if (at) await kernel.load(`flush ruleset\n${at.text}`);
  for (let next = take(at); at && next; next = take(at)) {
    if (next.from !== at) await step(kernel, { from: at, to: next.from });
    await step(kernel, next);
    at = next.to;
  }
}

/** Takes an open step, if there is one that begins at a state, then that. */
function take(at: State | undefined): Step | undefined {
  const [[from, steps] = []] = at && open.has(at) ? [[at, open.get(at)] as const] : open;
  const taken = steps?.pop();
  if (from && steps?.length === 0) open.delete(from);
  return taken;
}

async function step(kernel: Kernel, step: Step): Promise<void> {
  const { from, to } = step;
  done += 1;
  const commands = printTransactions(transactions(step));
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

/** Handles each item with one of the workers, each of which has one at a time. */
async function eachWith<W, T>(
  workers: readonly W[],
  items: readonly T[],
  handle: (worker: W, item: T) => Promise<void>,
) {
  const queue = items.values();
  await Promise.all(
    workers.map(async (worker) => {
      for (const item of queue) await handle(worker, item);
    }),
  );
}

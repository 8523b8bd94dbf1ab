import type { Command, Transaction } from "../../src/nft/transaction.ts";
import { diffTables } from "../../src/nft/transaction.ts";
import type { State } from "./states.ts";

/** From one state to another, or to itself. */
export type Step = { readonly from: State; readonly to: State };

export function everyStep(states: readonly State[]): readonly Step[] {
  return states.flatMap((from) => states.map((to) => ({ from, to })));
}

/** What turns the tables of one state into those of the other. */
export function transactions({ from, to }: Step): readonly Transaction[] {
  return to.ruleset.map((table) =>
    diffTables(
      from.ruleset.find(({ family }) => family === table.family),
      table,
    ),
  );
}

/** Steps that together have every structure of a transaction that any step has. */
export function oneOfEachStructure(steps: readonly Step[]): readonly Step[] {
  const seen = new Set<string>();
  return steps.filter((step) => {
    const { size } = seen;
    for (const { commands } of transactions(step)) seen.add(structure(commands));
    return seen.size > size;
  });
}

/** So many of them, drawn at random, and always the same for the same seed (xorshift32). */
export function sample(steps: readonly Step[], count: number, seed: number): readonly Step[] {
  let random = seed;
  return Array.from({ length: count }, () => {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    return steps[(random >>> 0) % steps.length];
  }).filter((step) => step !== undefined);
}

/** What is done to which kinds of sets and chains: all that matters for whether a kernel can do it. */
function structure(commands: readonly Command[]): string {
  return [...new Set(commands.map(commandStructure))].sort().join();
}

function commandStructure(command: Command): string {
  if ("set" in command) {
    const { flag = "plain", value } = command.set;
    return `${command.kind} ${flag} ${value === undefined ? "set" : value === "verdict" ? "verdict map" : "map"}`;
  }
  if ("chain" in command) return `${command.kind} ${command.chain.hook === undefined ? "chain" : "base chain"}`;
  return command.kind;
}

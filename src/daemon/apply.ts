import type { ObjectKey } from "../model/service.ts";
import type { Table } from "../nft/ruleset.ts";
import { type Command, refillTable, type Transaction } from "../nft/transaction.ts";
import { type Kernel, Refusal } from "./kernel.ts";

export type Applied = { readonly kind: "full" | "partial"; readonly elements: number };

/** Applies a change. A transaction without commands costs nothing. */
export async function applyPartly(kernel: Kernel, transaction: Transaction): Promise<Applied> {
  if (transaction.commands.length > 0) await kernel.apply(transaction, { byOwner: false });
  return { kind: "partial", elements: elementCount(transaction) };
}

/**
 * Writes a whole table: in place, in one transaction, where there is one; else in steps. As long as nft refuses it and
 * names a Service, that Service is set aside and the rest tried again.
 */
export async function applyFully(
  kernel: Kernel,
  desired: () => Table,
  setAside: (service: ObjectKey, refusal: Refusal) => void,
): Promise<Applied> {
  for (let byOwner = false; ; byOwner = true) {
    const table = desired();
    const present = await kernel.readLayout(table);
    const transaction = refillTable(present, table);
    try {
      for (const step of present === undefined ? inSteps(transaction) : [transaction]) {
        await kernel.apply(step, { byOwner });
      }
      return { kind: "full", elements: elementCount(transaction) };
    } catch (error) {
      if (!(error instanceof Refusal) || (byOwner && error.owner === undefined)) throw error;
      if (byOwner && error.owner !== undefined) setAside(ownerService(error.owner), error);
    }
  }
}

/**
 * The transaction that makes a new table, in several: nft takes memory with the text that it is given. As rules come last,
 * no packet meets a part of it.
 */
function inSteps({ family, commands }: Transaction): readonly Transaction[] {
  const steps: Command[][] = [[]];
  let room = elementsPerStep;
  for (const command of commands) {
    if (command.kind !== "addElements") {
      steps.at(-1)?.push(command);
      continue;
    }
    for (let start = 0; start < command.elements.length; ) {
      if (room === 0) {
        steps.push([]);
        room = elementsPerStep;
      }
      const elements = command.elements.slice(start, start + room);
      steps.at(-1)?.push({ ...command, elements });
      start += elements.length;
      room -= elements.length;
    }
  }
  return steps.map((step) => ({ family, commands: step }));
}

/** nft takes 2 KB for each. */
const elementsPerStep = 20_000;

function elementCount({ commands }: Transaction): number {
  return commands.reduce((count, command) => count + ("elements" in command ? command.elements.length : 0), 0);
}

/** The Service of a service port's name, `namespace/name:port`. */
function ownerService(owner: string): ObjectKey {
  const [namespace = "", name = ""] = owner.split(/[/:]/);
  return `${namespace}/${name}`;
}

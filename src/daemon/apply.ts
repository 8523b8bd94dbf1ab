import type { ObjectKey } from "../model/service.ts";
import type { Table } from "../nft/ruleset.ts";
import { refillTable, type Transaction } from "../nft/transaction.ts";
import { type Kernel, Refusal } from "./kernel.ts";

export type Applied = { readonly kind: "full" | "partial"; readonly elements: number };

/** Applies a change. A transaction without commands costs nothing. */
export async function applyPartly(kernel: Kernel, transaction: Transaction): Promise<Applied> {
  if (transaction.commands.length > 0) await kernel.apply(transaction, { byOwner: false });
  return { kind: "partial", elements: elementCount(transaction) };
}

/**
 * Writes a whole table, in place where there is one. As long as nft refuses it and names a Service, that Service is set
 * aside and the rest tried again.
 */
export async function applyFully(
  kernel: Kernel,
  desired: () => Table,
  setAside: (service: ObjectKey, refusal: Refusal) => void,
): Promise<Applied> {
  for (let byOwner = false; ; byOwner = true) {
    const table = desired();
    const transaction = refillTable(await kernel.readLayout(table), table);
    try {
      await kernel.apply(transaction, { byOwner });
      return { kind: "full", elements: elementCount(transaction) };
    } catch (error) {
      if (!(error instanceof Refusal) || (byOwner && error.owner === undefined)) throw error;
      if (byOwner && error.owner !== undefined) setAside(ownerService(error.owner), error);
    }
  }
}

function elementCount({ commands }: Transaction): number {
  return commands.reduce((count, command) => count + ("elements" in command ? command.elements.length : 0), 0);
}

/** The Service of a service port's name, `namespace/name:port`. */
function ownerService(owner: string): ObjectKey {
  const [namespace = "", name = ""] = owner.split(/[/:]/);
  return `${namespace}/${name}`;
}

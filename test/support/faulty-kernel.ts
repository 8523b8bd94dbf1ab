import { type Elements, type Kernel, Refusal } from "../../src/daemon/table/kernel.ts";
import type { ObjectKey } from "../../src/model/service.ts";
import type { NamedSet, Table } from "../../src/nft/ruleset.ts";
import type { KnownTable, Transaction } from "../../src/nft/transaction.ts";
import { settle } from "./fake-clock.ts";
import { FakeKernel, knownOf } from "./fake-kernel.ts";

/** What can go wrong with a transaction. */
export type Fault = "none" | "refused" | "failed before" | "failed after";

/** A kernel whose transactions go wrong as they are told to, and that refuses what is about a poisoned Service. */
export class FaultyKernel implements Kernel {
  readonly kernel = new FakeKernel();
  readonly poisoned = new Set<ObjectKey>();
  faults: Fault[] = [];
  transactions = 0;
  readings = 0;
  canRead = true;

  async apply(transaction: Transaction, { byOwner }: { readonly byOwner: boolean }): Promise<void> {
    this.transactions += 1;
    await settle();
    const fault = this.faults.shift() ?? "none";
    if (fault === "refused") throw new Refusal("refused", undefined);
    if (fault === "failed before") throw new Error("nft was ended");
    const poison = this.#poison(transaction);
    if (poison !== undefined) throw new Refusal("poisoned", byOwner ? poison : undefined);
    try {
      this.kernel.commit([transaction]);
    } catch (error) {
      throw new Refusal(String(error), undefined, error);
    }
    // Others may change the table before nft's end is seen.
    await settle();
    if (fault === "failed after") throw new Error("nft was ended, too late");
  }

  async readTable({ family, sets: declared }: Table, assumed?: Elements): Promise<KnownTable | undefined> {
    await settle();
    if (assumed === undefined) this.readings += 1;
    const table = this.kernel.table(family);
    if (table === undefined) return undefined;
    for (const name of table.sets.keys()) if (!declared.has(name)) throw new Error(`${name} was not declared`);
    const known = knownOf(table, this.canRead);
    const sets = [...known.sets].map(([name, set]): [string, NamedSet] => {
      const elements = known.unread.has(name) ? undefined : assumed?.get(name);
      return [name, elements === undefined ? set : { ...set, elements }];
    });
    return { ...known, sets: new Map(sets) };
  }

  #poison({ commands }: Transaction): string | undefined {
    for (const command of commands) {
      if (command.kind !== "addElements") continue;
      for (const { owner = "" } of command.elements) {
        if ([...this.poisoned].some((key) => owner === key || owner.startsWith(`${key}:`))) return owner;
      }
    }
    return undefined;
  }
}

import { type ApplyOptions, type Elements, type Kernel, Overrun, Refusal } from "../../src/daemon/table/kernel.ts";
import type { ObjectKey } from "../../src/model/service.ts";
import { type Alteration, anyAlteration } from "../../src/netlink/alteration.ts";
import type { Generation } from "../../src/netlink/generations.ts";
import type { NamedSet, Table } from "../../src/nft/ruleset.ts";
import type { KnownTable, Transaction } from "../../src/nft/transaction.ts";
import { settle } from "./fake-clock.ts";
import { FakeKernel, knownOf } from "./fake-kernel.ts";

/** Possible failures of a transaction. */
export type Fault = "none" | "refused" | "failed before" | "failed after" | "overrun before" | "overrun after";

/**
 * A kernel whose transactions fail on demand, and that refuses everything about a poisoned Service, or does not finish it
 * in time. It reports all commits in order, but late.
 */
export class FaultyKernel implements Kernel {
  readonly kernel = new FakeKernel();
  readonly poisoned = new Set<ObjectKey>();
  /** The same, but without reporting the Service. */
  readonly hidden = new Set<ObjectKey>();
  /** It does not finish these in time. */
  readonly slow = new Set<ObjectKey>();
  /** The names of chains and sets that it does not create. */
  readonly refused = new Set<string>();
  /** Whether it finishes nothing in time. */
  isStuck = false;
  faults: Fault[] = [];
  transactions = 0;
  readings = 0;
  canRead = true;
  onGeneration: (generation: Generation) => void = () => {};
  /** The number of turns that everything else gets before it reports. */
  delay = 0;
  #told: Promise<void> = Promise.resolve();
  /** The pid of the long-running nft: one that does not finish in time is killed, and another started. */
  #pid = 100_000;

  async apply(transaction: Transaction, { byOwner, sentBy }: ApplyOptions): Promise<void> {
    this.transactions += 1;
    const pid = byOwner ? 1000 + this.transactions : this.#pid;
    sentBy?.(pid);
    await settle();
    const fault = this.faults.shift() ?? "none";
    if (fault === "refused") throw new Refusal("refused");
    if (fault === "failed before") throw new Error("nft was ended");
    if (fault === "overrun before" || this.isStuck || this.#isAbout(transaction, this.slow))
      throw this.#overrun("late");
    const poison = this.#poison(transaction);
    if (poison.size > 0) throw new Refusal("poisoned", byOwner ? poison : undefined);
    if (this.#isAbout(transaction, this.hidden) || this.#makesRefused(transaction)) throw new Refusal("unknown");
    try {
      this.kernel.commit([transaction]);
    } catch (error) {
      throw new Refusal(String(error), undefined, error);
    }
    if (transaction.commands.length > 0) this.#tell(anyAlteration, pid);
    // Others may change the table before nft's end is noticed.
    await settle();
    if (fault === "failed after") throw new Error("nft was ended, too late");
    if (fault === "overrun after") throw this.#overrun("too late");
  }

  #overrun(message: string): Overrun {
    this.#pid += 1;
    return new Overrun(message);
  }

  /** Another program changed something. */
  foreign(alteration: Alteration): void {
    this.#tell(alteration, 99);
  }

  #tell(alteration: Alteration, port: number): void {
    const sender = { port, pid: port, program: port === 99 ? "other" : "nft" };
    const { delay } = this;
    this.#told = this.#told.then(async () => {
      for (let turn = 0; turn < delay; turn++) await settle();
      this.onGeneration({ sender, alterations: new Map([["ip", alteration]]) });
    });
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

  #makesRefused({ commands }: Transaction): boolean {
    return commands.some(
      (command) =>
        (command.kind === "addRules" && this.refused.has(command.chain.name)) ||
        (command.kind === "addSet" && this.refused.has(command.set.name)),
    );
  }

  #isAbout(transaction: Transaction, services: ReadonlySet<ObjectKey>): boolean {
    return this.#poison(transaction, services).size > 0;
  }

  /** The service ports whose elements it refuses. */
  #poison({ commands }: Transaction, poisoned: ReadonlySet<ObjectKey> = this.poisoned): ReadonlyMap<string, string> {
    const poison = new Map<string, string>();
    if (poisoned.size === 0) return poison;
    for (const command of commands) {
      if (command.kind !== "addElements") continue;
      for (const { owner = "" } of command.elements) {
        if ([...poisoned].some((key) => owner === key || owner.startsWith(`${key}:`))) poison.set(owner, "poisoned");
      }
    }
    return poison;
  }
}

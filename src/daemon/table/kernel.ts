import type { Element, Table } from "../../nft/ruleset.ts";
import type { KnownTable, Transaction } from "../../nft/transaction.ts";

/** The elements of sets, by the names of the sets. */
export type Elements = ReadonlyMap<string, readonly Element[]>;

export type ApplyOptions = {
  /** Makes a refusal name the owners of the refused elements. The transaction is slower. */
  readonly byOwner: boolean;
  /** How long a small transaction may take, in milliseconds; if undefined, longer than any should need. */
  readonly patience?: number;
  /** Called with the pid of the process that will execute it; undefined if there is none. */
  readonly sentBy?: (pid: number | undefined) => void;
};

/** A reconciler's access to the kernel's tables. */
export type Kernel = {
  /**
   * Executes a transaction. Rejects with a Refusal if the kernel is unchanged, and with an Overrun if it
   * takes too long.
   */
  apply(transaction: Transaction, options: ApplyOptions): Promise<void>;
  /**
   * Our table in the kernel, or undefined if there is none. Sets that are declared as in `declared`, which has every
   * possible set, are the same objects; and so are elements that are equal.
   *
   * @param assumed the elements of sets that need not be read
   */
  readTable(declared: Table, assumed?: Elements): Promise<KnownTable | undefined>;
};

/** nft or the kernel refused a transaction as a whole. */
export class Refusal extends Error {
  /** The service ports, `namespace/name:port`, whose elements were refused, with the reason for each, if known. */
  readonly servicePorts: ReadonlyMap<string, string>;

  constructor(message: string, servicePorts: ReadonlyMap<string, string> = new Map(), cause?: unknown) {
    super(message, { cause });
    this.name = "Refusal";
    this.servicePorts = servicePorts;
  }
}

/** A transaction did not finish in time, and was killed. The kernel may have executed it, or may still do so. */
export class Overrun extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "Overrun";
  }
}

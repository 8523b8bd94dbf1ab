import type { Element, Table } from "../../nft/ruleset.ts";
import type { KnownTable, Transaction } from "../../nft/transaction.ts";

/** The elements of sets, by their names. */
export type Elements = ReadonlyMap<string, readonly Element[]>;

export type ApplyOptions = {
  /** Makes a refusal tell whose elements it is about, at the price of a slower transaction. */
  readonly byOwner: boolean;
  /** How long it may take if it is small, in milliseconds: for some time more than anybody should need, if undefined. */
  readonly patience?: number;
  /** Called with the pid of the process that will carry it out; undefined if there is none. */
  readonly sentBy?: (pid: number | undefined) => void;
};

/** The kernel's tables, as a reconciler reaches them. */
export type Kernel = {
  /**
   * Carries out a transaction. Rejects with a Refusal where the kernel is as it was before, and with an Overrun where it
   * takes too long.
   */
  apply(transaction: Transaction, options: ApplyOptions): Promise<void>;
  /**
   * Our table in the kernel, or undefined where there is none. Its sets are those of `declared`, which has all that there
   * may be, if they are declared like these; and so are its elements, if they are equal.
   *
   * @param assumed the elements of sets that need not be read
   */
  readTable(declared: Table, assumed?: Elements): Promise<KnownTable | undefined>;
};

/** nft or the kernel refused a transaction as a whole. */
export class Refusal extends Error {
  /** The service ports, `namespace/name:port`, whose elements they refused, with the reason for each, if known. */
  readonly servicePorts: ReadonlyMap<string, string>;

  constructor(message: string, servicePorts: ReadonlyMap<string, string> = new Map(), cause?: unknown) {
    super(message, { cause });
    this.name = "Refusal";
    this.servicePorts = servicePorts;
  }
}

/** A transaction did not finish in time, and was killed. The kernel may have carried it out, or may still do so. */
export class Overrun extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "Overrun";
  }
}

import {
  type Alteration,
  anyAlteration,
  beneath,
  isNothing,
  noAlteration,
  together,
} from "../../netlink/alteration.ts";
import type { Sender } from "../../netlink/generations.ts";
import type { Transaction } from "../../nft/transaction.ts";
import { type Clock, neverAborted } from "../coalescer.ts";
import { Refusal } from "../table/kernel.ts";
import { TokenBucket } from "../token-bucket.ts";

export type DriftOptions = {
  readonly clock: Clock;
  /** The pid of our process that holds a netlink port. Called for ports that are no pids. */
  readonly holderOf: (port: number) => number | undefined;
  /** Another program changed the table. It is repaired after this delay, which is 0 unless this happens all the time. */
  readonly onDrift: (sender: Sender, inMilliseconds: number) => void;
  /** Something can be taken. */
  readonly onDue: (cause: string) => void;
};

/** A transaction of ours whose generation has not been seen yet. */
type Own = {
  readonly transaction: Transaction;
  readonly began: number;
  /** Infinity while it is in progress. */
  ended: number;
  /** The pid of the nft that executes it. */
  pid: number | undefined;
  /** Whether it failed; it may have been committed all the same. */
  isUnclear: boolean;
};

/**
 * Changes of one table by other programs that have not been repaired yet. It distinguishes our own transactions from
 * foreign ones.
 *
 * The kernel reports each transaction with the netlink port of its sender, which is the pid of its nft. A transaction is
 * ours if it comes from an nft of ours with a transaction whose generation has not been seen. The generation may be seen
 * before or after nft reports that it is done. The kernel reports in the order of the commits: what is seen before a
 * transaction of ours was there before it, and has been replaced by what ours wrote. What is seen after it is what the
 * table holds.
 */
export class Drift {
  readonly #options: DriftOptions;
  readonly #repairs: TokenBucket;
  #unseen: readonly Own[] = [];
  /** Counts the starts and ends of our transactions. */
  #moment = 0;
  #alteration = noAlteration;
  #repair: "none" | "waiting" | "due" = "none";
  #isBlind = false;

  constructor(options: DriftOptions) {
    this.#options = options;
    this.#repairs = new TokenBucket(options.clock, pace);
  }

  /**
   * Executes a transaction of ours, and passes on its result. After a failure, the table must be read.
   *
   * @param send calls back with the pid of the nft before that nft has the transaction
   */
  async own(
    transaction: Transaction,
    send: (sentBy: (pid: number | undefined) => void) => Promise<void>,
  ): Promise<void> {
    const own: Own = { transaction, began: this.#tick(), ended: Infinity, pid: undefined, isUnclear: false };
    this.#alteration = beneath(this.#alteration, transaction);
    // This many, and none was seen: notifications have stopped. If they come after all, the repair is harmless.
    this.#unseen = [...this.#unseen.slice(-mostUnseen), own];
    try {
      await send((pid) => {
        own.pid = pid;
      });
    } catch (error) {
      if (error instanceof Refusal) this.#forget(own);
      else own.isUnclear = true;
      throw error;
    } finally {
      own.ended = this.#tick();
      if (this.#isBlind) this.#forget(own);
    }
  }

  /** A transaction changed the table, whether ours or not. */
  generation(alteration: Alteration, sender: Sender): void {
    const own = this.#ownOf(sender.port);
    if (own === undefined) this.#foreign(alteration, sender);
    else {
      // Transactions that ended before it began were committed before it. If they were not seen by now, they never will
      // be.
      this.#unseen = this.#unseen.filter((each) => each !== own && each.ended > own.began);
      // The round after the failure may have read the table before the transaction was done.
      if (own.isUnclear) this.#put(alteration, "unclear");
    }
  }

  /** From now on, foreign changes are not noticed. */
  lost(): void {
    this.#isBlind = true;
    this.#unseen = this.#unseen.filter(({ ended }) => ended === Infinity);
  }

  /** Whether foreign changes are not noticed. */
  get isBlind(): boolean {
    return this.#isBlind;
  }

  /** Whether there is nothing to repair. */
  get isQuiet(): boolean {
    return this.#repair === "none";
  }

  /** From now on, all changes are noticed. */
  sighted(): void {
    if (!this.#isBlind) return;
    this.#isBlind = false;
    this.#put(anyAlteration, "lost sight");
  }

  /** Takes the repairs that are due. */
  take(): Alteration {
    return this.#repair === "due" ? this.takeAll() : noAlteration;
  }

  /** Takes everything, even if it is not due: the whole table is about to be read. */
  takeAll(): Alteration {
    const alteration = this.#alteration;
    this.#alteration = noAlteration;
    if (this.#repair === "due") this.#repair = "none";
    return alteration;
  }

  #foreign(alteration: Alteration, sender: Sender): void {
    if (isNothing(alteration)) return;
    if (sender.port < leastChosenPort) this.#add(alteration);
    else {
      // This may come from an nft of ours that has ended; what was taken for ours then came from the process that now has
      // its pid.
      this.#unseen = [];
      this.#add(anyAlteration);
    }
    if (this.#repair !== "none") return;
    const wait = this.#repairs.next();
    this.#repair = "waiting";
    this.#options.onDrift(sender, wait);
    void this.#makeDue(wait);
  }

  async #makeDue(wait: number): Promise<void> {
    if (wait > 0) await this.#options.clock.sleep(wait, neverAborted);
    this.#put(noAlteration, "drift");
  }

  #add(alteration: Alteration): void {
    const later = this.#unseen.filter(({ isUnclear }) => !isUnclear);
    const rest = later.reduce((left, { transaction }) => beneath(left, transaction), alteration);
    this.#alteration = together(this.#alteration, rest);
  }

  #put(alteration: Alteration, cause: string): void {
    this.#add(alteration);
    this.#repair = "due";
    this.#options.onDue(cause);
  }

  #ownOf(port: number): Own | undefined {
    const pid = port < leastChosenPort ? port : this.#options.holderOf(port);
    return pid === undefined ? undefined : this.#unseen.find((own) => own.pid === pid);
  }

  #forget(own: Own): void {
    this.#unseen = this.#unseen.filter((each) => each !== own);
  }

  #tick(): number {
    this.#moment += 1;
    return this.#moment;
  }
}

/** Two agents on a node, which take each other's repairs for drift, must not answer each other without end. */
const pace = { burst: 10, pauseMs: 5000 };

/**
 * The kernel gives a socket such a netlink port if another socket has the pid of its process, as in another PID namespace.
 */
const leastChosenPort = 2 ** 31;

const mostUnseen = 1000;

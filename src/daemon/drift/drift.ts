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
  /** The process of ours, by its pid, that holds a netlink port. It is asked about ports that are no pids. */
  readonly holderOf: (port: number) => number | undefined;
  /** Another program changed the table. It is repaired after this delay, which is 0 unless this happens all the time. */
  readonly onDrift: (sender: Sender, inMilliseconds: number) => void;
  /** There is something to take. */
  readonly onDue: (cause: string) => void;
};

/** A transaction of ours whose generation has not been seen. */
type Own = {
  readonly transaction: Transaction;
  readonly began: number;
  /** Infinity while it is under way. */
  ended: number;
  /** Of the nft that carries it out. */
  pid: number | undefined;
  /** Whether it failed, although it may have been committed. */
  isUnclear: boolean;
};

/**
 * What others did to one table and has not been put right. It tells our own transactions from those of others.
 *
 * The kernel tells of each transaction with the netlink port of its sender, which is the pid of its nft. Ours is one from
 * an nft of ours that has a transaction whose generation has not been seen. It may be seen before or after nft says that
 * it is done. The kernel tells in the order of the commits: what is seen before a transaction of ours was there before
 * it, and what that one wrote has replaced it. What is seen after it is what the table holds.
 */
export class Drift {
  readonly #options: DriftOptions;
  readonly #repairs: TokenBucket;
  #unseen: readonly Own[] = [];
  /** Counts the beginnings and ends of our transactions. */
  #moment = 0;
  #alteration = noAlteration;
  #repair: "none" | "waiting" | "due" = "none";
  #isBlind = false;

  constructor(options: DriftOptions) {
    this.#options = options;
    this.#repairs = new TokenBucket(options.clock, pace);
  }

  /**
   * Does a transaction of ours, and passes on its outcome. After it failed, the table must be read.
   *
   * @param send calls back with the pid of the nft before that has the transaction
   */
  async own(
    transaction: Transaction,
    send: (sentBy: (pid: number | undefined) => void) => Promise<void>,
  ): Promise<void> {
    const own: Own = { transaction, began: this.#tick(), ended: Infinity, pid: undefined, isUnclear: false };
    this.#alteration = beneath(this.#alteration, transaction);
    // So many, and none was seen: notifications have stopped. If some come after all, the repair is harmless.
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

  /** A transaction changed the table, whoever sent it. */
  generation(alteration: Alteration, sender: Sender): void {
    const own = this.#ownOf(sender.port);
    if (own === undefined) this.#foreign(alteration, sender);
    else {
      // Those that were over before it began were committed before it. What was not seen of them never will be.
      this.#unseen = this.#unseen.filter((each) => each !== own && each.ended > own.began);
      // The round after the failure may have read the table before that was done.
      if (own.isUnclear) this.#put(alteration, "unclear");
    }
  }

  /** From now on, what others do is not seen. */
  lost(): void {
    this.#isBlind = true;
    this.#unseen = this.#unseen.filter(({ ended }) => ended === Infinity);
  }

  /** What others do is not seen. */
  get isBlind(): boolean {
    return this.#isBlind;
  }

  /** There is nothing to repair. */
  get isQuiet(): boolean {
    return this.#repair === "none";
  }

  /** From now on, nothing goes unseen. */
  sighted(): void {
    if (!this.#isBlind) return;
    this.#isBlind = false;
    this.#put(anyAlteration, "lost sight");
  }

  /** Takes what is due to be repaired. */
  take(): Alteration {
    return this.#repair === "due" ? this.takeAll() : noAlteration;
  }

  /** Takes all that is known, also what is not due: all of the table is going to be read. */
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
      // May be of an nft of ours that has ended; then what was taken for ours was that of whoever has its pid.
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

/** The kernel gives such a netlink port to a socket if another has the pid of its process, as in another pid namespace. */
const leastChosenPort = 2 ** 31;

const mostUnseen = 1000;

import { type Family, families } from "../../model/address.ts";
import { anyChange, type Generation, noChange, type TableChange, together } from "../../netlink/generations.ts";
import { type Clock, neverAborted } from "../coalescer.ts";
import { Refusal } from "../table/kernel.ts";

type Count = {
  generations: number;
  commits: number;
  underWay: number;
  /** How often notifications were lost: what was under way then has no generation that counts. */
  losses: number;
  /** What the last generations were about, those of ours among them: which are others' is not known. */
  changes: TableChange[];
};

/**
 * Tells our own transactions from those of others.
 *
 * Each transaction that changes our table makes one generation of the ruleset. So generations that are more than our
 * commits are somebody else's. They are counted when none of ours is under way, as a generation may be seen before or
 * after the transaction's end.
 */
export class Drift {
  readonly #clock: Clock;
  readonly #onDrift: (family: Family, change: TableChange) => void;
  readonly #counts: Readonly<Record<Family, Count>> = {
    ip: { generations: 0, commits: 0, underWay: 0, losses: 0, changes: [] },
    ip6: { generations: 0, commits: 0, underWay: 0, losses: 0, changes: [] },
  };

  /** @param onDrift is told what others may have changed, and perhaps some of our own changes */
  constructor(clock: Clock, onDrift: (family: Family, change: TableChange) => void) {
    this.#clock = clock;
    this.#onDrift = onDrift;
  }

  /** Does a transaction of ours, and passes on its outcome. */
  async own<T>(family: Family, transaction: () => Promise<T>): Promise<T> {
    const count = this.#counts[family];
    const { losses } = count;
    count.underWay += 1;
    try {
      const result = await transaction();
      if (count.losses === losses) count.commits += 1;
      return result;
    } catch (error) {
      // Whether it was committed is unknown; the next round writes all of the table anyway.
      if (!(error instanceof Refusal)) this.#forget(count);
      throw error;
    } finally {
      count.underWay -= 1;
      this.#judge(family);
      void this.#forgetLost(count);
    }
  }

  /** A transaction of anybody changed our tables. */
  generation(generation: Generation): void {
    for (const [family, change] of generation) {
      const count = this.#counts[family];
      count.generations += 1;
      count.changes.push(change);
      if (count.changes.length > mostChanges) count.changes = [anyChange];
      this.#judge(family);
    }
  }

  /** Notifications were lost: what was counted means nothing. */
  lost(): void {
    for (const family of families) {
      this.#counts[family].losses += 1;
      this.#forget(this.#counts[family]);
    }
  }

  #judge(family: Family): void {
    const count = this.#counts[family];
    if (count.underWay > 0 || count.generations <= count.commits) return;
    const change = count.changes.reduce(together, noChange);
    this.#forget(count);
    this.#onDrift(family, change);
  }

  /** A generation that has not been seen a while after its transaction never will be. */
  async #forgetLost(count: Count): Promise<void> {
    const { commits } = count;
    await this.#clock.sleep(1000, neverAborted);
    // After a second in which this process did nothing else, what it has not read yet comes first.
    await this.#clock.sleep(1, neverAborted);
    if (count.underWay === 0 && count.commits === commits) this.#forget(count);
  }

  #forget(count: Count): void {
    count.generations = 0;
    count.commits = 0;
    count.changes = [];
  }
}

/**
 * One of others is taken for ours until ours, which is seen late, is one too many: that takes a few generations at most.
 * After so many it is not known any more what changed.
 */
const mostChanges = 200;

import { type Backoff, backoff } from "../backoff.ts";
import type { Clock } from "../coalescer.ts";

const betweenTries: Backoff = { first: 30_000, longest: 600_000 };

type Entry = {
  readonly failures: number;
  /** Whether finding out that it still fails is expensive for others. */
  readonly isCostly: boolean;
  state: "waits" | "due" | "tried";
};

export type SetAsideOptions<Name> = {
  readonly clock: Clock;
  readonly random: () => number;
  /** It should be tried again. */
  readonly onDue: (name: Name) => void;
};

/** What the next transaction and the one after it are about. */
export type Choice<Name> = {
  readonly now: readonly Name[];
  readonly later: readonly Name[];
  /** The only one in the next transaction, if it is costly. */
  readonly costly: Name | undefined;
};

/** What failed, such as Services. It takes no part in transactions until it changes, or for a growing time. */
export class SetAside<Name extends string> {
  readonly #options: SetAsideOptions<Name>;
  readonly #entries = new Map<Name, Entry>();

  constructor(options: SetAsideOptions<Name>) {
    this.#options = options;
  }

  /** Returns the milliseconds until it is due. */
  add(name: Name, isCostly: boolean, signal: AbortSignal): number {
    const { clock, random, onDue } = this.#options;
    const entry: Entry = { failures: (this.#entries.get(name)?.failures ?? 0) + 1, isCostly, state: "waits" };
    this.#entries.set(name, entry);
    const pause = backoff(entry.failures, betweenTries, random);
    void clock.sleep(pause, signal).then(() => {
      // The time of the clock does not matter: timers fire a little early, and clocks are set back.
      if (signal.aborted || this.#entries.get(name) !== entry || entry.state !== "waits") return;
      entry.state = "due";
      onDue(name);
    });
    return pause;
  }

  /** Those that are not due. */
  get waiting(): ReadonlySet<Name> {
    return this.#in("waits");
  }

  /** Lets those that are due take part, and returns whether there are any. */
  tryDue(): boolean {
    const due = this.#in("due");
    for (const name of due) this.tryAgain(name);
    return due.size > 0;
  }

  /** A costly one waits until it is due, even if it changes, and then has its own transaction. */
  choose(names: readonly Name[], isGone: (name: Name) => boolean): Choice<Name> {
    const isCostly = (name: Name) => {
      const entry = this.#entries.get(name);
      return entry?.isCostly && entry.state !== "tried" && !isGone(name);
    };
    const now = names.filter((name) => !isCostly(name));
    const [costly, ...later] = names.filter((name) => isCostly(name) && this.#entries.get(name)?.state === "due");
    if (costly === undefined) return { now, later: [], costly };
    return now.length > 0 ? { now, later: [costly, ...later], costly: undefined } : { now: [costly], later, costly };
  }

  /** It takes part in the next transaction. */
  tryAgain(name: Name): void {
    const entry = this.#entries.get(name);
    if (entry) entry.state = "tried";
  }

  /** The transaction succeeded: those that took part in it are no longer set aside. */
  takeRestored(): readonly Name[] {
    const restored = [...this.#in("tried")];
    for (const name of restored) this.#entries.delete(name);
    return restored;
  }

  #in(wanted: Entry["state"]): ReadonlySet<Name> {
    return new Set([...this.#entries].flatMap(([name, { state }]) => (state === wanted ? [name] : [])));
  }
}

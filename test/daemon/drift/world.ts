import fc from "fast-check";
import { Drift } from "../../../src/daemon/drift/drift.ts";
import { Refusal } from "../../../src/daemon/table/kernel.ts";
import { type Alteration, noAlteration } from "../../../src/netlink/alteration.ts";
import type { Sender } from "../../../src/netlink/generations.ts";
import type { NamedSet } from "../../../src/nft/ruleset.ts";
import type { Command, Transaction } from "../../../src/nft/transaction.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";

/** Something that happens. What is not possible at that moment does not. */
export type Action =
  | { readonly kind: "begin"; readonly key: number; readonly value: number; readonly stays: boolean }
  /** Somebody else writes, or deletes what is there; perhaps with the pid that our last nft had. */
  | { readonly kind: "foreign"; readonly key: number; readonly value: number; readonly hasOurPid: boolean }
  | { readonly kind: "commit" | "answer" | "fail" | "notice" | "round" | "time" };

const key = fc.integer({ min: 0, max: 2 });
const value = fc.integer({ min: 0, max: 3 });

export const arbitraryActions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("begin" as const), key, value, stays: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("foreign" as const), key, value, hasOurPid: fc.boolean() }),
    },
    {
      weight: 9,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          ...(["commit", "commit", "answer", "answer", "fail", "notice", "notice", "round", "time"] as const),
        ),
      }),
    },
  ),
  { maxLength: 60 },
);

type Nft = {
  readonly pid: number;
  readonly port: number;
  readonly transaction: Transaction;
  readonly end: PromiseWithResolvers<void>;
  readonly outcome: Promise<void>;
  state: "begun" | "committed" | "refused";
};

const set: NamedSet = { name: "s", key: [{ kind: "saddr" }], value: [{ kind: "daddr" }], elements: [] };

/** A kernel with one map, which tells of each commit in their order, but late; others, and us, who follow what it holds. */
export class World {
  readonly kernel = new Map<number, number>();
  /** What we think that the kernel holds. */
  view = new Map<number, number>();
  drifts = 0;
  foreignCommits = 0;
  readings = 0;
  failures = 0;
  readonly #clock = new FakeClock();
  /** Whether a socket of another pid namespace has the number that our nfts would get. */
  readonly #isPidTaken: boolean;
  readonly #drift: Drift;
  readonly #notices: (readonly [Alteration, Sender])[] = [];
  #isKnown = true;
  #isDue = false;
  #nft: Nft | undefined;
  /** Killed, but still at it in the kernel. */
  #zombie: Nft | undefined;
  readonly #staying: { readonly pid: number; readonly port: number };
  #pids = 10;
  #lastPid = 7;

  constructor(isPidTaken: boolean) {
    this.#isPidTaken = isPidTaken;
    this.#staying = { pid: 7, port: isPidTaken ? 2 ** 31 : 7 };
    this.#drift = new Drift({
      clock: this.#clock,
      holderOf: (port) => [this.#staying, this.#nft].find((nft) => nft?.port === port)?.pid,
      onDrift: () => {
        this.drifts += 1;
      },
      onDue: () => {
        this.#isDue = true;
      },
    });
  }

  async act(action: Action): Promise<void> {
    switch (action.kind) {
      case "begin":
        this.#begin(action);
        break;
      case "commit":
        if (this.#nft?.state === "begun") this.#commit(this.#nft);
        break;
      case "answer":
        this.#answer();
        break;
      case "fail":
        if (this.#nft === undefined) break;
        this.failures += 1;
        this.#isKnown = false;
        this.#nft.end.reject(new Error("killed"));
        if (this.#nft.state === "begun") this.#zombie = this.#nft;
        this.#nft = undefined;
        break;
      case "foreign":
        this.#foreign(action);
        break;
      case "notice":
        this.#notice();
        break;
      case "round":
        this.#round();
        break;
      case "time":
        await this.#clock.advance();
    }
    await settle();
  }

  /** Nothing new happens, and what is to be seen is. */
  async rest(): Promise<void> {
    this.#commitZombie();
    if (this.#nft?.state === "begun") this.#commit(this.#nft);
    this.#answer();
    await settle();
    while (this.#notices.length > 0) this.#notice();
    while (await this.#clock.advance());
    if (this.#isDue || !this.#isKnown) this.#round();
  }

  #begin({ key, value, stays }: Extract<Action, { readonly kind: "begin" }>): void {
    if (this.#nft !== undefined || !this.#isKnown) return;
    // The kernel carries out one after another.
    this.#commitZombie();
    this.#pids += stays ? 0 : 1;
    const fresh = { pid: this.#pids, port: this.#isPidTaken ? 2 ** 31 + this.#pids : this.#pids };
    const { pid, port } = stays ? this.#staying : fresh;
    const transaction: Transaction = { family: "ip", commands: commands(this.view, key, value) };
    if (transaction.commands.length === 0) return;
    const end = Promise.withResolvers<void>();
    const outcome = this.#drift.own(transaction, (sentBy) => {
      sentBy(pid);
      return end.promise;
    });
    outcome.catch(() => {});
    this.#lastPid = pid;
    this.#nft = { pid, port, transaction, end, outcome, state: "begun" };
  }

  #commit(nft: Nft): void {
    const { transaction, port, pid } = nft;
    nft.state = this.#write(transaction.commands, { port, pid, program: "nft" }) ? "committed" : "refused";
  }

  #commitZombie(): void {
    if (this.#zombie) this.#commit(this.#zombie);
    this.#zombie = undefined;
  }

  #answer(): void {
    if (this.#nft === undefined || this.#nft.state === "begun") return;
    const { state, end, transaction } = this.#nft;
    this.#nft = undefined;
    if (state === "committed") {
      end.resolve();
      write(this.view, transaction.commands);
    } else {
      this.failures += 1;
      this.#isKnown = false;
      end.reject(new Refusal("refused"));
    }
  }

  #foreign({ key, value, hasOurPid }: Extract<Action, { readonly kind: "foreign" }>): void {
    const all = commands(this.kernel, key, value);
    if (all.length === 0) return;
    this.foreignCommits += 1;
    // Another has the pid of an nft of ours if that has ended, or if ours could not have it for that reason.
    const isFree = this.#isPidTaken || (this.#nft?.pid !== this.#lastPid && this.#lastPid !== this.#staying.pid);
    const port = hasOurPid && isFree ? this.#lastPid : 99;
    this.#write(all, { port, pid: 99, program: "other" });
  }

  #write(all: readonly Command[], sender: Sender): boolean {
    const after = new Map(this.kernel);
    if (!write(after, all)) return false;
    this.kernel.clear();
    for (const [key, value] of after) this.kernel.set(key, value);
    const elements = all.flatMap((command) =>
      command.kind === "addElements" || command.kind === "deleteElements"
        ? command.elements.map((element) => ({ set: "s", element, isThere: command.kind === "addElements" }))
        : [],
    );
    this.#notices.push([{ ...noAlteration, elements }, sender]);
    return true;
  }

  #notice(): void {
    const [notice] = this.#notices.splice(0, 1);
    if (notice) this.#drift.generation(...notice);
  }

  #round(): void {
    if (this.#nft !== undefined) return;
    this.#isDue = false;
    const { elements, sets } = this.#drift.take();
    if (!this.#isKnown || sets === "all") {
      this.readings += 1;
      this.#drift.takeAll();
      this.view = new Map(this.kernel);
      this.#isKnown = true;
      return;
    }
    for (const { element, isThere } of elements) {
      if (isThere) this.view.set(Number(element.key[0]), Number(element.value && [element.value].flat()[0]));
      else this.view.delete(Number(element.key[0]));
    }
  }
}

/** What gives a key a value, in place of the one that it has in a view; no value above 2. */
function commands(view: ReadonlyMap<number, number>, key: number, value: number): readonly Command[] {
  const before = view.get(key);
  const deletion: Command = { kind: "deleteElements", set, elements: [{ key: [key], value: [before ?? 0] }] };
  const addition: Command = { kind: "addElements", set, elements: [{ key: [key], value: [value] }] };
  return [...(before === undefined ? [] : [deletion]), ...(value > 2 ? [] : [addition])];
}

/** As the kernel does it: false where it refuses. */
function write(table: Map<number, number>, all: readonly Command[]): boolean {
  for (const command of all) {
    if (!("elements" in command)) continue;
    for (const { key, value } of command.elements) {
      const [at, written] = [Number(key[0]), Number(value && [value].flat()[0])];
      if (command.kind === "deleteElements") {
        if (!table.delete(at)) return false;
      } else if (table.has(at) && table.get(at) !== written) return false;
      else table.set(at, written);
    }
  }
  return true;
}

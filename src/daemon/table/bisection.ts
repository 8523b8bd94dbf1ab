import type { Family } from "../../model/address.ts";
import { type Kernel, Refusal } from "./kernel.ts";
import { joined, type Part, tablePart } from "./parts.ts";
import { mostElements } from "./steps.ts";

export type BisectionOptions = {
  readonly family: Family;
  readonly kernel: Pick<Kernel, "apply">;
  /** Reads the kernel's table, and returns the remaining parts. */
  readonly read: () => Promise<readonly Part[]>;
  /** The names of parts that are not tried. */
  readonly leftOut: ReadonlySet<string>;
  readonly signal: AbortSignal;
};

/** A part that cannot be applied, and why. */
export type Failure = { readonly part: Part; readonly error: Error };

/**
 * Applies all parts of a change except those that nft or the kernel refuses, or does not finish in time: what fails is
 * halved until a part fails alone. Such a part is tried once more after all others, with more time. So this
 * finds the culprits, at a cost proportional to their number and the logarithm of the number of parts.
 */
export class Bisection {
  readonly #options: BisectionOptions;
  #elements = 0;
  #known: ReadonlySet<string> | undefined;
  #left: ReadonlyMap<string, Part> = new Map();
  readonly #done = new Set<string>();
  /** Parts that failed alone, and those that need one of them. */
  #doubtful = new Set<string>();
  #waiting = new Set<string>();
  readonly #failures = new Map<string, Failure>();

  constructor(options: BisectionOptions) {
    this.#options = options;
  }

  /** How many elements were written. */
  get elements(): number {
    return this.#elements;
  }

  /** Rejects if nothing at all can be applied, or if another program changes the table meanwhile. */
  async run(): Promise<readonly Failure[]> {
    await this.#read();
    await this.#apply([...this.#left.keys()]);
    while (this.#doubtful.size > 0) {
      await this.#tryAgain();
      const waiting = [...this.#waiting];
      this.#waiting = new Set();
      await this.#apply(waiting);
    }
    return [...this.#failures.values()];
  }

  async #apply(names: readonly string[]): Promise<void> {
    const parts = this.#ready(names);
    const [only] = parts;
    if (only === undefined) return;
    this.#options.signal.throwIfAborted();
    const isTried = parts.length === 1 || elementsOf(parts) <= mostElements;
    if (isTried && (await this.#try(parts, trialPatience)) === undefined) return;
    if (parts.length === 1) {
      this.#doubtful.add(only.name);
      return;
    }
    const middle = middleOf(parts);
    await this.#apply(parts.slice(0, middle).map(({ name }) => name));
    await this.#apply(parts.slice(middle).map(({ name }) => name));
  }

  async #tryAgain(): Promise<void> {
    const doubtful = this.#doubtful;
    this.#doubtful = new Set();
    await this.#read();
    for (const name of doubtful) {
      const part = this.#left.get(name);
      const error = part && (await this.#try([part]));
      if (part === undefined || error === undefined) continue;
      if (name === tablePart) throw error;
      this.#failures.set(name, { part, error });
    }
  }

  /** Those of these parts that are left and possible. */
  #ready(names: readonly string[]): readonly Part[] {
    const { leftOut } = this.#options;
    return names.flatMap((name) => {
      const part = this.#left.get(name);
      if (part === undefined) return [];
      const needs = [...part.needs];
      const missing = needs.find((each) => this.#failures.has(each) || leftOut.has(each));
      if (missing !== undefined) {
        this.#failures.set(name, { part, error: new Refusal(`it needs ${missing}, which is refused`) });
        return [];
      }
      const waits = needs.some((each) => this.#doubtful.has(each) || this.#waiting.has(each));
      if (waits) this.#waiting.add(name);
      return waits ? [] : [part];
    });
  }

  /** @returns why it failed, unless everything fails */
  async #try(parts: readonly Part[], patience?: number): Promise<Error | undefined> {
    const { kernel, family } = this.#options;
    try {
      await kernel.apply(joined(family, parts), { byOwner: false, ...(patience === undefined ? {} : { patience }) });
    } catch (error) {
      // If this fails, too, no part is to blame.
      await kernel.apply({ family, commands: [{ kind: "addTable" }] }, { byOwner: false });
      if (!(error instanceof Refusal)) await this.#read();
      return error instanceof Error ? error : new Error(String(error));
    }
    for (const { name } of parts) this.#done.add(name);
    this.#elements += elementsOf(parts);
    return undefined;
  }

  async #read(): Promise<void> {
    const parts = await this.#options.read();
    this.#known ??= new Set(parts.map(({ name }) => name));
    const isAnew = ({ name }: Part) => this.#done.has(name) || !this.#known?.has(name);
    if (parts.some((part) => isMade(part) && isAnew(part))) {
      throw new Error("another program changed the table meanwhile");
    }
    const { leftOut } = this.#options;
    this.#left = new Map(
      parts.flatMap((part) =>
        this.#done.has(part.name) || leftOut.has(part.name) ? [] : [[part.name, part] as const],
      ),
    );
  }
}

/** In milliseconds: little, because innocent parts get another chance, in smaller groups. */
const trialPatience = 1500;

/** Whether it creates something: what cannot be read is rewritten each time. */
function isMade({ structure, elements }: Part): boolean {
  const isRefill = structure.some(({ kind }) => kind === "flushSet");
  return (elements.length > 0 && !isRefill) || structure.some(({ kind }) => kind === "addSet" || kind === "addChain");
}

function elementsOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { elements }) => sum + elements.length, 0);
}

/** The index that splits parts into two halves of equal weight, neither of them empty. */
function middleOf(parts: readonly Part[]): number {
  const weight = ({ elements, structure }: Part) => elements.length + structure.length;
  const all = parts.reduce((sum, part) => sum + weight(part), 0);
  let half = 0;
  const middle = parts.findIndex((part) => {
    half += weight(part);
    return 2 * half >= all;
  });
  return Math.min(middle + 1, parts.length - 1);
}

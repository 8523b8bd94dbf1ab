import { setTimeout as sleep } from "node:timers/promises";
import type { Barrier } from "./barrier.ts";
import type { Disturbance } from "./disturbances.ts";
import type { Random } from "./random.ts";

export type DisturberOptions = {
  readonly disturbances: readonly Disturbance[];
  readonly barrier: Barrier;
  readonly random: Random;
  /** How long the soak lasts. */
  readonly milliseconds: number;
  readonly say: (line: string) => void;
};

/** Brings about disturbances of all kinds, one after another in any order, then again in another. */
export class Disturber {
  /** How often there was each. */
  readonly counts = new Map<string, number>();
  readonly #options: DisturberOptions;
  readonly #gap: number;
  #bag: readonly Disturbance[] = [];
  #isPausing = false;

  constructor(options: DisturberOptions) {
    this.#options = options;
    // A short soak should have most of them, and a long one some quiet between them.
    const evenly = options.milliseconds / (options.disturbances.length + 2);
    this.#gap = Math.min(longestGapMs, Math.max(shortestGapMs, evenly));
  }

  /** Nothing is under way from here. */
  get isPausing(): boolean {
    return this.#isPausing;
  }

  /** Goes on until a time; what is under way then is finished. */
  async until(end: number, { mayEndAgent }: { readonly mayEndAgent: () => boolean }): Promise<void> {
    for (;;) {
      this.#isPausing = true;
      await sleep(Math.max(0, Math.min(this.#gap, end - performance.now())));
      this.#isPausing = false;
      if (performance.now() >= end) return;
      const disturbance = this.#next();
      if (!disturbance.endsAgent || mayEndAgent()) await this.#bringAbout(disturbance);
    }
  }

  #next(): Disturbance {
    const { disturbances, random } = this.#options;
    const [next, ...rest] = this.#bag.length > 0 ? this.#bag : random.shuffled(disturbances);
    if (next === undefined) throw new Error("there are no disturbances");
    this.#bag = rest;
    return next;
  }

  async #bringAbout({ name, run }: Disturbance): Promise<void> {
    const { barrier, say } = this.#options;
    say(name);
    const more = await run();
    await barrier.passed();
    say(`${name}: the kernel has caught up${more && `, ${more}`}`);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}

const shortestGapMs = 1000;
const longestGapMs = 15_000;

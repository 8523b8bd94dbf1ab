import type { PlannedFrontend } from "../../compile/lower/planned-frontend.ts";
import type { FrontendKey } from "../../compile/plan/frontends.ts";
import type { Family } from "../../model/address.ts";
import type { Protocol } from "../../model/port.ts";
import { backoff, kernelBackoff } from "../backoff.ts";
import { type Clock, Coalescer } from "../coalescer.ts";

/** What everything that keeps the kernel's flows and clients in step with the rules of a family needs. */
export type FollowOptions = {
  readonly family: Family;
  readonly ownerOf: (frontend: FrontendKey) => PlannedFrontend | undefined;
  readonly clock: Clock;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
};

export type SearchesOptions = Pick<FollowOptions, "clock" | "random"> & {
  /** Looks for what is stale, and deletes it. */
  readonly search: (protocols: readonly Protocol[], signal: AbortSignal) => Promise<Searched>;
  /** `isNew`: the one before was none, or another. What is missing stays missing, and is worth one line. */
  readonly failed: (error: unknown, retryInMilliseconds: number, isNew: boolean) => void;
};

export type Searched = {
  /** Packets that met the old rules, or answer such, may leave something anew: where something was found, look again. */
  readonly hasFound: boolean;
  /** From its end to the next one, in milliseconds; from one that looks again to the next, twice as long each time. */
  readonly pause: number;
};

/**
 * Searches of the kernel, by protocol. Nothing waits for them, those that are asked for while one is under way share the
 * next one, and one that fails is tried again.
 */
export class Searches {
  readonly #options: SearchesOptions;
  readonly #requests = new Coalescer();
  readonly #wanted = new Set<Protocol>();
  /** How often the same was looked for before. */
  #repeats = mostRepeats;

  constructor(options: SearchesOptions) {
    this.#options = options;
  }

  /** Asks for a search, if there are protocols. */
  request(protocols: Iterable<Protocol>, repeats = 0): void {
    for (const protocol of protocols) this.#wanted.add(protocol);
    if (this.#wanted.size === 0) return;
    this.#repeats = Math.min(this.#repeats, repeats);
    this.#requests.request();
  }

  /** Searches when there is a reason to, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, search, failed } = this.#options;
    let failures = 0;
    let lastFailure = "";
    for (;;) {
      await this.#requests.next(signal);
      if (signal.aborted) return;
      const protocols = [...this.#wanted];
      const repeats = this.#repeats;
      this.#wanted.clear();
      this.#repeats = mostRepeats;
      let pause: number;
      try {
        const found = await search(protocols, signal);
        pause = found.pause;
        failures = 0;
        lastFailure = "";
        if (found.hasFound && repeats < mostRepeats) void this.#lookAgain(protocols, pause, repeats, signal);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        pause = backoff(failures, kernelBackoff, random);
        failed(error, pause, String(error) !== lastFailure);
        lastFailure = String(error);
        this.request(protocols);
      }
      await clock.sleep(pause, signal);
    }
  }

  async #lookAgain(protocols: readonly Protocol[], pause: number, repeats: number, signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(pause * 2 ** repeats, signal);
    this.request(protocols, repeats + 1);
  }
}

/** What is found again and again is made again and again: then nothing is gained. */
const mostRepeats = 6;

import type { PlannedFrontend } from "../../compile/lower/planned-frontend.ts";
import type { FrontendKey } from "../../compile/plan/frontends.ts";
import type { Family } from "../../model/address.ts";
import type { Protocol } from "../../model/port.ts";
import { backoff, kernelBackoff } from "../backoff.ts";
import { type Clock, Coalescer } from "../coalescer.ts";

/** What everything needs that keeps the kernel's flows and clients consistent with the rules of a family. */
export type FollowOptions = {
  readonly family: Family;
  readonly ownerOf: (frontend: FrontendKey) => PlannedFrontend | undefined;
  readonly clock: Clock;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
};

export type SearchesOptions = Pick<FollowOptions, "clock" | "random"> & {
  /** Finds what is stale, and deletes it. */
  readonly search: (protocols: readonly Protocol[], signal: AbortSignal) => Promise<Searched>;
  /** `isNew`: the previous search succeeded, or failed for another reason. A missing program is logged only once. */
  readonly failed: (error: unknown, retryInMilliseconds: number, isNew: boolean) => void;
};

export type Searched = {
  /** Packets that met the old rules, or answers to such, may leave something again: after a find, search again. */
  readonly hasFound: boolean;
  /** From the end of a search to the next one, in milliseconds; twice as long each time a search is repeated. */
  readonly pause: number;
};

/**
 * Searches of the kernel, by protocol. Nothing waits for them. Requests during a search share the next one, and a failed
 * search is retried.
 */
export class Searches {
  readonly #options: SearchesOptions;
  readonly #requests = new Coalescer();
  readonly #wanted = new Set<Protocol>();
  /** How often the search has been repeated. */
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

/** What is found again and again is created again and again: repeating gains nothing. */
const mostRepeats = 6;

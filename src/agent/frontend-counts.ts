import type { FrontendKey } from "../compile/plan/frontends.ts";
import type { FrontendConnections } from "../io/nft/connections.ts";
import type { Family } from "../model/address.ts";

export type FrontendCountsOptions = {
  readonly families: readonly Family[];
  readonly read: (family: Family, onFrontend: (counted: FrontendConnections) => void) => Promise<void>;
  readonly now: () => number;
};

/** The kernel's count of new connections at a frontend since the frontend was added to the table. */
export type CountOf = (family: Family, frontend: FrontendKey) => number | undefined;

/** Reads the counters of all frontends on demand: reading takes time proportional to their number. */
export class FrontendCounts {
  readonly #options: FrontendCountsOptions;
  #readAt = Number.NEGATIVE_INFINITY;
  #counts: Promise<CountOf> = Promise.resolve(() => undefined);

  constructor(options: FrontendCountsOptions) {
    this.#options = options;
  }

  /** The counts of ten seconds ago, or newer. If they cannot be read, they are undefined. */
  latest(): Promise<CountOf> {
    const now = this.#options.now();
    if (now - this.#readAt >= freshMs) {
      this.#readAt = now;
      this.#counts = this.#read();
    }
    return this.#counts;
  }

  async #read(): Promise<CountOf> {
    const { families, read } = this.#options;
    const counts = new Map(families.map((family) => [family, new Map<FrontendKey, number>()]));
    try {
      for (const [family, byFrontend] of counts) {
        await read(family, ({ frontend, connections }) => byFrontend.set(frontend, connections));
      }
    } catch {
      // A scrape of all Services counts such failures.
    }
    return (family, frontend) => counts.get(family)?.get(frontend);
  }
}

const freshMs = 10_000;

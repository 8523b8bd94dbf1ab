import type { FrontendKey } from "../compile/plan/frontends.ts";
import type { FrontendConnections } from "../io/nft/connections.ts";
import type { Family } from "../model/address.ts";

export type FrontendCountsOptions = {
  readonly families: readonly Family[];
  readonly read: (family: Family, onFrontend: (counted: FrontendConnections) => void) => Promise<void>;
  readonly now: () => number;
};

/** How many new connections the kernel has counted at a frontend since that came into the table. */
export type CountOf = (family: Family, frontend: FrontendKey) => number | undefined;

/** Reads the counters of all frontends for those who ask: reading costs time in proportion to their number. */
export class FrontendCounts {
  readonly #options: FrontendCountsOptions;
  #readAt = Number.NEGATIVE_INFINITY;
  #counts: Promise<CountOf> = Promise.resolve(() => undefined);

  constructor(options: FrontendCountsOptions) {
    this.#options = options;
  }

  /** As they were ten seconds ago, or later. What cannot be read is not known. */
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

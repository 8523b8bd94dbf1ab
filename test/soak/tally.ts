import { clock } from "./clock.ts";
import type { Connection, Judgement } from "./judge.ts";

/** How many connections came to what. Those that are not explained are in no other count. */
export type Counts = {
  readonly answered: number;
  readonly refused: number;
  readonly dropped: number;
  /** Of these three, those of a time at which only one thing could be. */
  readonly certain: number;
  readonly excused: number;
  readonly unexplained: number;
};

/** Counts connections, and puts into words those that nothing explains. */
export class UseCounts {
  readonly #counts = { answered: 0, refused: 0, dropped: 0, certain: 0, excused: 0, unexplained: 0 };

  get counts(): Counts {
    return this.#counts;
  }

  get total(): number {
    const { certain: _, ...counts } = this.#counts;
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  /** Returns what is wrong with the connection, if anything is. */
  add(connection: Connection, judgement: Judgement): string | undefined {
    const { outcome } = connection;
    switch (judgement.kind) {
      case "explained":
        if (outcome.kind !== "failed") this.#counts[outcome.kind] += 1;
        if (judgement.isCertain) this.#counts.certain += 1;
        return undefined;
      case "excused":
        this.#counts.excused += 1;
        return undefined;
      case "unexplained": {
        this.#counts.unexplained += 1;
        const { service, clusterIP, start, end, isResent } = connection;
        const took = `${Math.round(end - start)} ms${isResent ? ", with a packet lost" : ""}`;
        const could = judgement.could.map((each) => JSON.stringify(each)).join(" or ");
        return `${service}, ${clusterIP} at ${clock(start)}: ${JSON.stringify(outcome)} after ${took}; right is ${could}`;
      }
    }
  }

  /** What makes the count itself worth little. */
  doubts(): readonly string[] {
    const { certain, excused } = this.#counts;
    const share = (count: number) => count / Math.max(1, this.total);
    const percent = (value: number) => `${Math.round(100 * value)} %`;
    return [
      ...(share(excused) > mostExcused ? [`${percent(share(excused))} of the connections had to be excused`] : []),
      ...(share(certain) < leastCertain
        ? [`only ${percent(share(certain))} of the connections had a single outcome possible`]
        : []),
    ];
  }
}

const mostExcused = 0.1;
const leastCertain = 0.5;

import type { Log } from "../io/host/log.ts";
import type { Problem } from "../model/problem.ts";

/** Logs the problems of objects once, although they are reported again and again: one line per object. */
export class ProblemLog {
  readonly #log: Log;
  readonly #known = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  report(problems: readonly Problem[]): void {
    for (const [object, own] of Map.groupBy(problems, (problem) => problem.object)) {
      const first = own
        .slice(0, mostTold)
        .map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
      const isNews = first.some((text) => !this.#known.has(`${object} ${text}`));
      if (this.#known.size >= 10_000) this.#known.clear();
      for (const text of first) this.#known.add(`${object} ${text}`);
      if (isNews) this.#log.warn({ object, problems: first, count: own.length }, "invalid input");
    }
  }
}

/** An EndpointSlice may have one problem for each of a thousand endpoints. */
const mostTold = 5;

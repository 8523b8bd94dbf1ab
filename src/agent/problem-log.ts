import type { Log } from "../io/host/log.ts";
import type { Problem } from "../model/problem.ts";

/** Logs each problem once, as objects come again and again. */
export class ProblemLog {
  readonly #log: Log;
  readonly #known = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  report(problems: readonly Problem[]): void {
    for (const { object, field, message } of problems) {
      const key = `${object} ${field} ${message}`;
      if (this.#known.has(key)) continue;
      if (this.#known.size >= 10_000) this.#known.clear();
      this.#known.add(key);
      this.#log.warn({ object, field, problem: message }, "invalid input");
    }
  }
}

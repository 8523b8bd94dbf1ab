import type { Log } from "../io/host/log.ts";
import type { KubeError } from "../io/kube/error.ts";
import type { ReflectorReport } from "../io/kube/sink.ts";
import type { ProblemLog } from "./problem-log.ts";

/** How often a failure that goes on is told, and one that becomes another. */
const repeatMs = 600_000;
const changeMs = 60_000;

/**
 * Logs what happens to the watches. While an API server is away, each of them fails every few seconds in the same way:
 * that is told when it begins, every ten minutes, and when it is over.
 */
export class WatchLog {
  readonly #log: Log;
  readonly #problems: ProblemLog;
  readonly #now: () => number;
  /** What is told of the resources that cannot be read now. */
  readonly #told = new Map<string, { readonly message: string; readonly at: number }>();

  constructor(log: Log, problems: ProblemLog, now: () => number) {
    this.#log = log;
    this.#problems = problems;
    this.#now = now;
  }

  report(resource: string, report: ReflectorReport): void {
    switch (report.kind) {
      case "failed":
        this.#failed(resource, report.error, report.retryMs);
        return;
      case "malformed":
        this.#problems.report([{ object: resource, field: "", message: report.message }]);
        return;
      case "listed":
      case "watching":
      case "absent":
        if (this.#told.delete(resource)) this.#log.info({ resource }, "the API server answers again");
        this.#log.debug({ resource, ...report }, "watch");
        return;
      case "ended": {
        const { error: err, ...rest } = report;
        this.#log.debug({ resource, ...rest, err }, "watch");
      }
    }
  }

  #failed(resource: string, err: KubeError, retryMs: number): void {
    const { message } = err;
    const told = this.#told.get(resource);
    const isNews = told === undefined || this.#now() - told.at >= (told.message === message ? repeatMs : changeMs);
    if (isNews) this.#told.set(resource, { message, at: this.#now() });
    this.#log[isNews ? "warn" : "debug"]({ resource, retryMs, err }, "cannot read from the API server");
  }
}

import type { Health } from "../daemon/health.ts";
import type { Log } from "../io/host/log.ts";
import type { KubeError } from "../io/kube/error.ts";
import type { ReadinessReport, ReflectorReport } from "../io/kube/sink.ts";
import type { Metrics } from "../io/metrics/metrics.ts";
import type { Problem } from "../model/problem.ts";
import type { ProblemLog } from "./problem-log.ts";
import type { WatchStates } from "./watch-states.ts";

export type WatchLogOptions = {
  readonly log: Log;
  readonly problems: ProblemLog;
  readonly metrics: Pick<Metrics, "reported">;
  readonly health: Pick<Health, "setRead">;
  readonly states: Pick<WatchStates, "report">;
  readonly now: () => number;
};

/** How often a lasting failure is logged, and one that keeps changing. */
const repeatMs = 600_000;
const changeMs = 60_000;

/**
 * Logs and counts the events of watches. While an API server is away, each watch fails every few seconds in the same way:
 * this is logged when it begins, every ten minutes, and when it ends.
 */
export class WatchLog {
  readonly #options: WatchLogOptions;
  /** What was logged of the resources that cannot be read now. */
  readonly #told = new Map<string, { readonly message: string; readonly at: number }>();

  constructor(options: WatchLogOptions) {
    this.#options = options;
  }

  /** What is wrong with an object. */
  problems(resource: string, problems: readonly Problem[]): void {
    for (const { message } of problems) this.#options.metrics.reported(resource, { kind: "malformed", message });
    this.#options.problems.report(problems);
  }

  report(resource: string, report: ReflectorReport | ReadinessReport): void {
    const { log, metrics, problems, health, states } = this.#options;
    metrics.reported(resource, report);
    states.report(resource, report);
    const { kind } = report;
    if (kind === "failed") health.setRead(resource, false);
    if (kind === "watching" || kind === "absent" || kind === "ready") health.setRead(resource, true);
    switch (report.kind) {
      case "failed":
        this.#failed(resource, report.error);
        return;
      case "malformed":
        problems.report([{ object: resource, field: "", message: report.message }]);
        return;
      case "listed":
      case "watching":
      case "absent":
      case "ready":
        if (this.#told.delete(resource)) log.info({ resource }, "the API server answers again");
        log.debug({ resource, ...report }, "watch");
        return;
      case "ended": {
        const { error: err, ...rest } = report;
        if (report.cause === "error" && err !== undefined) this.#failed(resource, err);
        else log.debug({ resource, ...rest, err }, "watch");
      }
    }
  }

  #failed(resource: string, err: KubeError): void {
    const { log, now } = this.#options;
    const { message } = err;
    const told = this.#told.get(resource);
    const isNews = told === undefined || now() - told.at >= (told.message === message ? repeatMs : changeMs);
    if (isNews) this.#told.set(resource, { message, at: now() });
    log[isNews ? "warn" : "debug"]({ resource, err }, "cannot read from the API server");
  }
}

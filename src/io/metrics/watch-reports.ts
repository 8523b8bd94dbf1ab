import type { ReadinessReport, ReflectorReport } from "../kube/sink.ts";
import type { OwnMetrics } from "./own.ts";

/** Counts the events of a resource's watch. */
export function countReport(
  { watching, watchRestarts, apiFailures, malformed }: OwnMetrics,
  resource: string,
  report: ReflectorReport | ReadinessReport,
): void {
  switch (report.kind) {
    case "listed":
    case "ready":
      return;
    case "watching":
      watching.set({ resource }, 1);
      return;
    case "absent":
      watching.remove({ resource });
      return;
    case "ended":
      watching.set({ resource }, 0);
      watchRestarts.inc({ resource, cause: report.cause });
      return;
    case "failed":
      apiFailures.inc({ resource });
      return;
    case "malformed":
      malformed.inc({ resource });
      return;
  }
}

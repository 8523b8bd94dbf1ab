import type { Names } from "../ask/status/status.ts";
import { Conflicts } from "../daemon/follow/conflicts.ts";
import { NoLocalEndpointsTotal, noLocalEndpoints } from "../daemon/follow/no-local-endpoints.ts";
import { ServiceProblems } from "../daemon/follow/service-problems.ts";
import { ServicesWithoutEndpoints } from "../daemon/follow/services-without-endpoints.ts";
import type { TriggerTimes } from "../daemon/follow/trigger-times.ts";
import type { Round } from "../daemon/table/round.ts";
import { systemClock, timeOfDay } from "../io/host/clock.ts";
import type { Metrics } from "../io/metrics/metrics.ts";
import type { ServiceProblem } from "../io/metrics/service-problems.ts";
import type { Family } from "../model/address.ts";
import { compareText, type ObjectKey } from "../model/service.ts";
import type { Reports } from "./reports.ts";

export type AfterSyncOptions = {
  readonly families: readonly Family[];
  readonly triggers: TriggerTimes;
  readonly metrics: Metrics;
  readonly report: Pick<Reports, "problems" | "conflicts">;
};

/** What is said of Services once they are in the rules: problems and figures. */
export class AfterSync {
  readonly #options: AfterSyncOptions;
  readonly #problems = new ServiceProblems();
  readonly #conflicts = new Conflicts();
  readonly #families: ReadonlyMap<
    Family,
    { readonly local: NoLocalEndpointsTotal; readonly without: ServicesWithoutEndpoints }
  >;

  constructor(options: AfterSyncOptions) {
    this.#options = options;
    this.#families = new Map(
      options.families.map((family) => [
        family,
        { local: new NoLocalEndpointsTotal(), without: new ServicesWithoutEndpoints() },
      ]),
    );
  }

  synced(round: Round): void {
    const { family, services, owners } = round;
    const { triggers, metrics, report } = this.#options;
    const followers = this.#families.get(family);
    for (const [key, change] of services) {
      const { after: plan } = change;
      followers?.local.setService(key, plan && noLocalEndpoints(plan));
      followers?.without.update(key, change);
    }
    // The clock of the component that triggered it may be ahead of ours.
    for (const triggered of triggers.take(services.keys(), family))
      metrics.programmed(family, Math.max(0, timeOfDay(systemClock.now()) - triggered));
    const { began, ended } = this.#problems.update(round);
    report.problems(began, ended, this.#problems.count);
    report.conflicts(this.#conflicts.update(owners), this.#conflicts.count);
    if (followers === undefined) return;
    metrics.noLocalEndpoints(family, followers.local.total);
    metrics.withoutEndpoints(family, followers.without.count);
  }

  /** The current problems of Services; some may occur twice. */
  *problems(): Iterable<readonly [ObjectKey, ServiceProblem]> {
    for (const key of this.#conflicts.denied()) yield [key, "frontend denied"];
    for (const key of this.#problems.services) yield [key, "not as asked"];
    for (const { without } of this.#families.values()) for (const key of without.had()) yield [key, "no endpoints"];
  }

  /** The same for people who look at this node, including Services that never had an endpoint. */
  get troubles(): Readonly<Record<"lostEndpoints" | "neverHadEndpoints" | "denied" | "notAsSpecified", Names>> {
    const withouts = [...this.#families.values()].map(({ without }) => without);
    return {
      lostEndpoints: names(withouts.flatMap((each) => [...each.had()])),
      neverHadEndpoints: names(withouts.flatMap((each) => [...each.never()])),
      denied: names(this.#conflicts.denied()),
      notAsSpecified: names(this.#problems.services),
    };
  }
}

function names(services: Iterable<ObjectKey>): Names {
  const all = [...new Set(services)].sort(compareText);
  return { count: all.length, first: all.slice(0, mostNames) };
}

const mostNames = 20;

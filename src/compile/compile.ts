import { families } from "../model/address.ts";
import { type Cluster, slicesByService } from "../model/cluster.ts";
import type { Problem } from "../model/problem.ts";
import { type ObjectKey, serviceKey } from "../model/service.ts";
import type { Ruleset } from "../nft/ruleset.ts";
import { planService } from "./plan/plan-service.ts";
import type { Settings } from "./settings.ts";
import { problemsOf } from "./table/problems.ts";
import { ServiceTable } from "./table/service-table.ts";

export type Compilation = { readonly ruleset: Ruleset; readonly problems: readonly Problem[] };

/**
 * The ruleset with which a node serves a cluster's Services.
 *
 * Equal clusters and settings give equal rulesets, whatever the order of the objects.
 */
export function compile(cluster: Cluster, settings: Settings): Compilation {
  const tables = serviceTables(cluster, settings);
  return { ruleset: tables.map((table) => table.rendered()), problems: clusterProblems(tables) };
}

/** The plans of a cluster's Services, in one table per family. */
export function serviceTables(cluster: Cluster, settings: Settings): readonly ServiceTable[] {
  const slices = slicesByService(cluster.endpointSlices);
  const services = cluster.services.map((service) => ({ key: serviceKey(service), service }));
  return families.map((family) => {
    const table = new ServiceTable(family, settings);
    for (const { key, service } of services) {
      table.setService(key, planService(service, slices.get(key) ?? [], family, settings));
    }
    while (!table.isSettled) table.settle();
    return table;
  });
}

/** The problems of the Services in the tables, or of one of them. */
export function clusterProblems(tables: readonly ServiceTable[], only?: ObjectKey): readonly Problem[] {
  return distinct(
    tables.flatMap((table) => {
      const plans = only === undefined ? [...table.plans] : [table.planOf(only)];
      return plans.flatMap((plan) => (plan === undefined ? [] : problemsOf(plan, table)));
    }),
  );
}

/** A dual-stack Service may have the same problem in both families. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

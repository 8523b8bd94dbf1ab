import { type Family, families } from "../model/address.ts";
import { type Cluster, slicesByService } from "../model/cluster.ts";
import type { Problem } from "../model/problem.ts";
import { compareText, serviceKey } from "../model/service.ts";
import type { Element, Ruleset, Table } from "../nft/ruleset.ts";
import { serviceRules } from "./service-rules.ts";
import type { Settings } from "./settings.ts";
import { settingsElements, structure } from "./structure.ts";
import { type Union, union } from "./union.ts";

export type Compilation = { readonly ruleset: Ruleset; readonly problems: readonly Problem[] };

/**
 * The ruleset that makes a node serve a cluster's Services.
 *
 * Equal clusters and settings give equal rulesets, whatever the order of what they hold.
 */
export function compile(cluster: Cluster, settings: Settings): Compilation {
  const slices = slicesByService(cluster.endpointSlices);
  const services = [...cluster.services].sort(
    (a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name),
  );
  const problems: Problem[] = [];
  const ruleset = families.map((family) => {
    const rules = services.map((service) =>
      serviceRules(service, slices.get(serviceKey(service)) ?? [], family, settings),
    );
    const all = union(rules);
    problems.push(...all.problems);
    return table(family, all, settings);
  });
  return { ruleset, problems: distinct(problems) };
}

/** A table: its structure, and the elements that all Services, the node and the configuration put into it. */
export function table(family: Family, { elements, shapes, remember }: Union, settings: Settings): Table {
  const all = new Map([...elements, ...settingsElements(settings.families[family])]);
  const filled = new Map(
    [...all].filter(([, list]) => list.length > 0).map(([name, list]) => [name, verdictChains(list)]),
  );
  const { sets, chains } = structure(family, settings, { shapes, remember, filled });
  return {
    family,
    sets: new Map(sets.map((set) => [set.name, { ...set, elements: all.get(set.name) ?? [] }])),
    chains: new Map(chains.map((chain) => [chain.name, chain])),
  };
}

/** The chains that the verdicts of elements lead to. */
function verdictChains(elements: readonly Element[]): ReadonlySet<string> {
  const chains = new Set<string>();
  for (const { value } of elements) {
    if (value !== undefined && "kind" in value && "chain" in value) chains.add(value.chain);
  }
  return chains;
}

/** A dual-stack Service may have the same problem in both families. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

import { compareAddresses, type Family, families } from "../model/address.ts";
import { type CIDR, cidrElement, disjointCIDRs } from "../model/cidr.ts";
import { type Cluster, slicesByService } from "../model/cluster.ts";
import type { Problem } from "../model/problem.ts";
import { compareText, serviceKey } from "../model/service.ts";
import type { Chain, Element, Ruleset, Table } from "../nft/ruleset.ts";
import { rememberChains } from "./affinity.ts";
import { program } from "./program.ts";
import { prune } from "./prune.ts";
import { serviceRules } from "./service-rules.ts";
import { setDeclarations } from "./sets.ts";
import type { FamilySettings, Settings } from "./settings.ts";
import { shapeChains } from "./shape.ts";
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

/** A table: the program, and what all Services put into it. */
export function table(family: Family, { elements, shapes, remember }: Union, settings: Settings): Table {
  const { detectLocal, nodePortAddresses } = settings.families[family];
  const masqueradeMark = (1 << settings.masqueradeBit) >>> 0;
  const context = { detectLocal, masqueradeAll: settings.masqueradeAll, masqueradeMark };
  const nodeElements = settingsElements(settings.families[family]);
  const { sets, chains } = prune({
    sets: setDeclarations(settings.counters).map((set) => ({
      ...set,
      elements: elements.get(set.name) ?? nodeElements.get(set.name) ?? [],
    })),
    chains: [
      ...program(family, nodePortAddresses, masqueradeMark),
      ...inNameOrder([...shapes.values()].flatMap((shape) => shapeChains(shape, context))),
      ...inNameOrder([...remember.values()].flatMap((shape) => rememberChains(shape, detectLocal))),
    ],
  });
  return {
    family,
    sets: new Map(sets.map((set) => [set.name, set])),
    chains: new Map(chains.map((chain) => [chain.name, chain])),
  };
}

/** The elements that come from the node and the configuration. */
function settingsElements(settings: FamilySettings): ReadonlyMap<string, readonly Element[]> {
  const { detectLocal, nodePortAddresses, serviceCIDRs } = settings;
  const networks = (cidrs: readonly CIDR[]) => disjointCIDRs(cidrs).map((cidr) => ({ key: [cidrElement(cidr)] }));
  return new Map([
    ["node-port-ips", [...nodePortAddresses.addresses].sort(compareAddresses).map((ip) => ({ key: [ip] }))],
    ["pod-cidrs", detectLocal.kind === "cidrs" ? networks(detectLocal.cidrs) : []],
    ["service-cidrs", networks(serviceCIDRs)],
  ]);
}

/** Each chain once: two shapes may share the chain that they short-circuit to. */
function inNameOrder(chains: readonly Chain[]): readonly Chain[] {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  return [...byName.values()].sort((a, b) => compareText(a.name, b.name));
}

/** A dual-stack Service may have the same problem in both families. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

import { lowerFrontend, type PlannedFrontend } from "../../src/compile/lower/frontend-elements.ts";
import { settingsElements, structure } from "../../src/compile/lower/structure.ts";
import { frontendKey } from "../../src/compile/plan/frontends.ts";
import { mayMeetItself, type ServicePlan } from "../../src/compile/plan/service-plan.ts";
import type { Settings } from "../../src/compile/settings.ts";
import type { Family } from "../../src/model/address.ts";
import { comparePrecedence, compareText } from "../../src/model/service.ts";
import type { Element, Table } from "../../src/nft/ruleset.ts";

/** The oracle of the incremental table: the table of all plans together, made at once and without counting. */
export function union(plans: readonly ServicePlan[], family: Family, settings: Settings): Table {
  const inOrder = [...plans].sort(
    ({ service: a }, { service: b }) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name),
  );
  const frontends = inOrder.flatMap((plan) =>
    plan.ports.flatMap((port) => port.frontends.map((frontend) => ({ plan, port, frontend, settings }))),
  );
  const owners = new Map<string, PlannedFrontend>();
  for (const each of frontends) {
    const key = frontendKey(each.frontend.frontend);
    const rival = owners.get(key);
    const right = ({ frontend: { frontend } }: PlannedFrontend) =>
      frontend.kind === "nodePort" ? "" : { clusterIP: "a", loadBalancerIP: "b", externalIP: "c" }[frontend.source];
    const order =
      rival && (compareText(right(each), right(rival)) || comparePrecedence(each.plan.service, rival.plan.service));
    if (order === undefined || order < 0) owners.set(key, each);
  }
  const lowered = frontends
    .filter((each) => owners.get(frontendKey(each.frontend.frontend)) === each)
    .map(lowerFrontend);
  const groups = lowered.flatMap((each) => each.groups.map(({ set, elements }) => ({ set, elements: elements() })));
  const shared = (set: string, keys: readonly (readonly string[])[]) => {
    const distinct = new Map(keys.map((key) => [key.join(), key]));
    return { set, elements: [...distinct.values()].map((key) => ({ key })) };
  };
  const hairpins = inOrder.flatMap(({ ports }) =>
    ports.flatMap(({ endpoints }) => endpoints.filter(mayMeetItself).map(({ endpoint }) => endpoint.address)),
  );
  const clusterIPs = inOrder.flatMap(({ clusterIP }) => (clusterIP === undefined ? [] : [[clusterIP]]));
  const all = new Map<string, readonly Element[]>(settingsElements(settings.families[family]));
  for (const { set, elements } of [
    ...groups,
    shared("cluster-ips", clusterIPs),
    shared(
      "hairpin",
      hairpins.map((ip) => [ip, ip]),
    ),
  ]) {
    if (elements.length > 0) all.set(set, [...(all.get(set) ?? []), ...elements]);
  }
  const chainsOf = (elements: readonly Element[]) =>
    elements.flatMap(({ value }) => (value !== undefined && "chain" in value ? [value.chain] : []));
  const { sets, chains, spares } = structure(family, settings, {
    shapes: lowered.flatMap(({ shapes }) => shapes),
    remember: lowered.flatMap(({ remember }) => remember),
    filled: new Map([...all].filter(([, list]) => list.length > 0).map(([set, list]) => [set, chainsOf(list)])),
  });
  return {
    family,
    sets: new Map(sets.map((set) => [set.name, { ...set, elements: all.get(set.name) ?? [] }])),
    chains: new Map(chains.flatMap((chain) => (spares.has(chain.name) ? [] : [[chain.name, chain] as const]))),
  };
}

import { lowerFrontend } from "../../src/compile/lower/nftables/frontend-elements.ts";
import { settingsElements, structure } from "../../src/compile/lower/nftables/structure.ts";
import { frontendsOfPort, type PlannedFrontend } from "../../src/compile/lower/planned-frontend.ts";
import { restrictedPlan } from "../../src/compile/plan/restricted-plan.ts";
import {
  endpointPlans,
  type FrontendPlan,
  mayMeetItself,
  type ServicePlan,
} from "../../src/compile/plan/service-plan.ts";
import type { Settings } from "../../src/compile/settings.ts";
import { commonTimeouts } from "../../src/compile/table/affinity-timeouts.ts";
import type { Family } from "../../src/model/address.ts";
import { cidrContains } from "../../src/model/cidr.ts";
import { comparePrecedence, compareText, serviceKey } from "../../src/model/service.ts";
import { portRange } from "../../src/nft/port-range.ts";
import type { Element, ElementTuple, PortRange, Table } from "../../src/nft/ruleset.ts";

/** The oracle for the incremental table: the table of all plans together, created at once and without counting. */
export function union(plans: readonly ServicePlan[], family: Family, settings: Settings): Table {
  const inOrder = [...besideEachOther(plans, family, settings)].sort(
    ({ service: a }, { service: b }) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name),
  );
  const frontends = inOrder.flatMap((plan) => {
    const all = plan.ports.flatMap(({ frontends }) =>
      frontends.map((each) => [each, sourcePorts(plan, each, plans)] as const),
    );
    const ranges = new Map(all.flatMap(([each, range]) => (range === undefined ? [] : [[each, range] as const])));
    return plan.ports.flatMap((port) => frontendsOfPort(plan, port, settings, ranges));
  });
  const owners = new Map<string, PlannedFrontend>();
  for (const each of frontends) {
    const rival = owners.get(each.key);
    const right = ({ frontend: { frontend } }: PlannedFrontend) =>
      frontend.kind === "nodePort" ? "" : { clusterIP: "a", loadBalancerIP: "b", externalIP: "c" }[frontend.source];
    const order =
      rival && (compareText(right(each), right(rival)) || comparePrecedence(each.plan.service, rival.plan.service));
    if (order === undefined || order < 0) owners.set(each.key, each);
  }
  const lowered = frontends.filter((each) => owners.get(each.key) === each).map(lowerFrontend);
  const groups = lowered.flatMap((each) => each.groups.map(({ set, elements }) => ({ set, elements: elements() })));
  const shared = (set: string, keys: readonly ElementTuple[]) => {
    const distinct = new Map(keys.map((key) => [key.join(), key]));
    return { set, elements: [...distinct.values()].map((key) => ({ key })) };
  };
  const hairpins = inOrder.flatMap(({ ports }) =>
    ports.flatMap(endpointPlans).flatMap((each) => (mayMeetItself(each, each.endpoint) ? [each.endpoint.address] : [])),
  );
  const { podNetworks } = settings.families[family];
  const hostEndpoints = inOrder.flatMap(({ ports }) =>
    ports.flatMap((planOfPort) =>
      endpointPlans(planOfPort).flatMap(({ endpoint: { address }, port }): readonly ElementTuple[] =>
        planOfPort.port.protocol !== "tcp" ||
        podNetworks.length === 0 ||
        podNetworks.some((each) => cidrContains(each, address))
          ? []
          : [[address, port]],
      ),
    ),
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
    shared("host-endpoints", hostEndpoints),
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

/** The plans with the restrictions because of others, computed from all of them at once. */
function besideEachOther(plans: readonly ServicePlan[], family: Family, settings: Settings): readonly ServicePlan[] {
  const byAge = plans
    .filter(({ clusterIP }) => clusterIP !== undefined)
    .sort((a, b) => comparePrecedence(a.service, b.service));
  const uncommon = byAge.flatMap(({ service: { sessionAffinity: affinity } }) =>
    affinity === undefined || commonTimeouts.includes(affinity.timeoutSeconds) ? [] : [affinity.timeoutSeconds],
  );
  const limit = settings.families[family].affinity === "remember" ? settings.affinityTimeoutLimit : Infinity;
  const exact = [...new Set(uncommon)].slice(0, limit).concat(commonTimeouts);
  let ranges = 0;
  return byAge.map((plan) => {
    const counts = plan.ports.flatMap(({ frontends }) =>
      frontends.map((each) => (sourcePorts(plan, each, plans) === undefined ? 0 : (each.sources?.length ?? 0))),
    );
    const count = counts.reduce((sum, each) => sum + each, 0);
    const isOwnLimit = count > settings.sourceRangeLimit;
    ranges += isOwnLimit ? 0 : count;
    const isWithin = count === 0 || ranges <= settings.tableSourceRangeLimit;
    return restrictedPlan(plan, {
      clusterIPOwner: (address) => {
        const owner = byAge.find(({ clusterIP }) => clusterIP === address);
        return owner && serviceKey(owner.service);
      },
      sourceRanges: isOwnLimit
        ? { kind: "tooManySourceRanges", family, count, limit: settings.sourceRangeLimit }
        : isWithin
          ? undefined
          : { kind: "sourceRangesOfOthers", family, limit: settings.tableSourceRangeLimit },
      timeoutSeconds: (seconds) =>
        exact.includes(seconds)
          ? seconds
          : Math.min(...exact.filter((e) => commonTimeouts.includes(e) && e >= seconds)),
    });
  });
}

/**
 * For a load balancer IP that no other Service wants, the range from its first port to its last, at the first port;
 * otherwise the port itself.
 */
function sourcePorts(plan: ServicePlan, own: FrontendPlan, plans: readonly ServicePlan[]): PortRange | undefined {
  if (own.sources === undefined) return undefined;
  const besides = ({ ports }: ServicePlan) =>
    ports.flatMap(({ frontends }) =>
      frontends.filter(
        ({ frontend: each }) =>
          each.kind === "address" &&
          own.frontend.kind === "address" &&
          each.source === "loadBalancerIP" &&
          each.address === own.frontend.address &&
          each.protocol === own.frontend.protocol,
      ),
    );
  const isOther = ({ service }: ServicePlan) => serviceKey(service) !== serviceKey(plan.service);
  if (plans.some((other) => isOther(other) && besides(other).length > 0)) return own.frontend.port;
  const [first, last] = [besides(plan).at(0), besides(plan).at(-1)];
  if (first !== own || last === undefined) return undefined;
  return portRange(first.frontend.port, last.frontend.port);
}

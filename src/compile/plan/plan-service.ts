import { type Address, addressFamily, type Family } from "../../model/address.ts";
import type { EndpointSlice } from "../../model/endpoint-slice.ts";
import type { Service, ServicePort } from "../../model/service.ts";
import { allowedFrontends } from "./allowed-frontends.ts";
import { clientParts, hashRefusal } from "./balancing.ts";
import { mostAddresses, mostEndpoints } from "./bounds.ts";
import { decisionsOf } from "./decisions.ts";
import { countedStates, listedCount, listingsOf, portEndpoints } from "./endpoints.ts";
import {
  type AddressFrontend,
  effectiveExternalTrafficPolicy,
  type Frontend,
  isExposed,
  isExternal,
  portFrontends,
  serviceAddresses,
} from "./frontends.ts";
import { contradictions, noSlicePorts, type PlanProblem, unservedFamily } from "./problems.ts";
import {
  comparePorts,
  type FrontendPlan,
  isUsed,
  type Masquerade,
  type PlanSettings,
  type PortPlan,
  type ServicePlan,
} from "./service-plan.ts";
import { accessTo } from "./source-ranges.ts";
import { endpointUses, isUsableSomewhere, type TrafficPolicies } from "./topology.ts";

export function planService(
  service: Service,
  slices: readonly EndpointSlice[],
  family: Family,
  settings: PlanSettings,
): ServicePlan {
  const clusterIP = service.clusterIPs.find((ip) => addressFamily(ip) === family);
  if (clusterIP === undefined) {
    return {
      service,
      family,
      clusterIP,
      ports: [],
      problems: unservedFamily(service, slices, family, settings.externalIPs),
    };
  }
  const problems: PlanProblem[] = [];
  const { of: accessOf, problems: accessProblems } = accessTo(service, family, settings);
  problems.push(...(service.annotations?.problems ?? []).map((each) => ({ kind: "annotation", ...each }) as const));
  problems.push(...accessProblems);
  const addresses = limitedAddresses(service, family, settings, problems);
  const listingsFor = listingsOf(slices, family);
  const served = service.ports.toSorted(comparePorts).map((port) => {
    const listings = listingsFor(port);
    const count = listedCount(listings);
    return { ...servedPort(service, port, addresses, family, settings, problems), listings, count };
  });
  /** The most endpoints of a port, if each of its lists takes at least this many elements. */
  const limitOf = (least: number) => {
    const demands = served.map(({ frontends, policies, count }) => ({
      endpoints: Math.max(count, least),
      lists: listCount(frontends, policies) * (service.sessionAffinity === undefined ? 1 : 2),
    }));
    return mostEndpoints(demands, settings.elementLimit);
  };
  const limit = limitOf(0);
  const { balancing = "random" } = service.annotations ?? {};
  const hashLimit = balancing === "random" ? limit : limitOf(clientParts);
  const refuseHash = (endpoints: number) =>
    balancing === "random" ? undefined : hashRefusal(endpoints, hashLimit, settings.families[family].sourceHash);
  const ports = served.map(({ port, frontends, policies, listings, count }): PortPlan => {
    const candidates = portEndpoints(listings, limit);
    const states = countedStates(candidates);
    const whenEmpty = states.some(isUsableSomewhere) ? "drop" : "refuse";
    const decisions = decisionsOf(candidates, endpointUses(states, policies, settings), settings.nodeName);
    const refusal = refuseHash(decisions.filter(isUsed).length);
    if (refusal !== undefined) problems.push({ kind: "notHashed", port, reason: refusal });
    problems.push(...contradictions(port, candidates));
    if (count > limit) problems.push({ kind: "tooManyEndpoints", port, count, limit });
    return {
      port,
      frontends: frontends.map((frontend) => ({
        frontend,
        ...listsOf(frontend, policies),
        whenEmpty: isPassedOn(frontend, policies, service, family, settings) ? "pass" : whenEmpty,
        masquerade: masqueradeOf(frontend, policies, family, settings),
        affinity: service.sessionAffinity,
        balancing: refusal === undefined ? balancing : "random",
        ...accessOf(frontend),
      })),
      endpoints: candidates.endpoints,
      decisions,
    };
  });
  const missing = served.flatMap(({ port, count }) => (count === 0 ? [port] : []));
  problems.push(...noSlicePorts(missing, slices, family));
  return { service, family, clusterIP, ports, problems };
}

/** The first addresses, up to the limit for a Service with this many ports. */
function limitedAddresses(service: Service, family: Family, settings: PlanSettings, problems: PlanProblem[]) {
  const all = serviceAddresses(service, family, settings.externalIPs);
  const limit = mostAddresses(service.ports.length, settings.elementLimit);
  if (all.size <= limit) return all;
  problems.push({ kind: "tooManyAddresses", family, count: all.size, limit });
  return new Map([...all].slice(0, limit));
}

/** A port with its allowed frontends. */
function servedPort(
  service: Service,
  port: ServicePort,
  addresses: ReadonlyMap<Address, AddressFrontend["source"]>,
  family: Family,
  settings: PlanSettings,
  problems: PlanProblem[],
) {
  const wanted = portFrontends(port, addresses).filter((frontend) => isExposed(service, frontend));
  const { allowed: frontends, refused } = allowedFrontends(wanted, family, settings);
  for (const { frontend, reason } of refused) problems.push({ kind: "refusedFrontend", port, frontend, reason });
  const policies = {
    internal: service.internalTrafficPolicy,
    external: effectiveExternalTrafficPolicy(service),
    isExternal: frontends.some(isExternal),
  };
  return { port, frontends, policies };
}

/** The total number of lists of a port's frontends. */
function listCount(frontends: readonly Frontend[], policies: TrafficPolicies): number {
  let count = 0;
  for (const frontend of frontends) {
    const { outsiders, insiders } = listsOf(frontend, policies);
    count += outsiders === insiders ? 1 : 2;
  }
  return count;
}

function listsOf(frontend: Frontend, policies: TrafficPolicies): Pick<FrontendPlan, "outsiders" | "insiders"> {
  if (!isExternal(frontend)) {
    const list = policies.internal === "Local" ? "local" : "cluster";
    return { outsiders: list, insiders: list };
  }
  return { outsiders: policies.external === "Local" ? "local" : "cluster", insiders: "cluster" };
}

function masqueradeOf(
  frontend: Frontend,
  policies: TrafficPolicies,
  family: Family,
  { masqueradeAll, families }: PlanSettings,
): Masquerade {
  if (isExternal(frontend)) return policies.external === "Local" ? "this node" : "all";
  if (masqueradeAll) return "all";
  return families[family].detectLocal.kind === "none" ? "none" : "all but local pods";
}

/** Whether routing is to take on what comes from outside to a frontend without an endpoint here. */
function isPassedOn(
  frontend: Frontend,
  policies: TrafficPolicies,
  { annotations }: Service,
  family: Family,
  { families }: PlanSettings,
): boolean {
  if (annotations?.externalFailoverPolicy === undefined || policies.external !== "Local") return false;
  if (frontend.kind === "nodePort" || frontend.source === "clusterIP") return false;
  // It would lead nowhere but to this node.
  return !families[family].nodePortAddresses.addresses.includes(frontend.address);
}

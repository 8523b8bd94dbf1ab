import { type Address, addressFamily, type Family } from "../../model/address.ts";
import type { CIDR } from "../../model/cidr.ts";
import type { Endpoint, EndpointSlice } from "../../model/endpoint-slice.ts";
import type { Port } from "../../model/port.ts";
import { type ClientIPAffinity, compareText, type Service, type ServicePort } from "../../model/service.ts";
import { allowedFrontends } from "./allowed-frontends.ts";
import { mostAddresses, mostEndpoints } from "./bounds.ts";
import { listedCount, listings, portEndpoints } from "./endpoints.ts";
import {
  type AddressFrontend,
  effectiveExternalTrafficPolicy,
  type Frontend,
  isExternal,
  portFrontends,
  serviceAddresses,
} from "./frontends.ts";
import { contradictions, noSlicePorts, type PlanProblem, unservedFamily } from "./problems.ts";
import { limitedSources } from "./source-ranges.ts";
import { type EndpointUse, endpointUses, isUsableSomewhere, type ListName, type TrafficPolicies } from "./topology.ts";

/**
 * All that is decided about a Service in one family. It says what is to happen, and nothing of how nftables does it.
 *
 * A plan is a pure function of the Service, its slices, the family and the settings. What can be derived from it is not
 * in it: plans are kept, and many.
 */
export type ServicePlan = {
  readonly service: Service;
  readonly family: Family;
  /** Undefined where the Service does not exist in the family: then it has no ports. */
  readonly clusterIP: Address | undefined;
  /** In order of number and protocol. */
  readonly ports: readonly PortPlan[];
  readonly problems: readonly PlanProblem[];
};

/** A Service's plan as it was in the rules, and as it is now; undefined without a Service. */
export type PlanChange = { readonly before: ServicePlan | undefined; readonly after: ServicePlan | undefined };

export type PortPlan = {
  readonly port: ServicePort;
  readonly frontends: readonly FrontendPlan[];
  /** Every endpoint that a slice lists for the port, ordered by address and port as numbers. */
  readonly endpoints: readonly EndpointPlan[];
};

export type FrontendPlan = {
  readonly frontend: Frontend;
  /** The list for clients outside this node and its pods. */
  readonly outsiders: ListName;
  /** The list for pods of this node, and for the node itself. */
  readonly insiders: ListName;
  /** What becomes of a packet whose list is empty. */
  readonly whenEmpty: "refuse" | "drop";
  readonly masquerade: Masquerade;
  readonly affinity: ClientIPAffinity | undefined;
  /** The networks that may connect; undefined: all. */
  readonly sources: readonly CIDR[] | undefined;
};

/**
 * Whose packets get this node's address as their source, so that replies come back through it: everybody's, nobody's,
 * those of everybody but local pods, or those of this node itself only. Endpoints that meet their own connection are
 * masqueraded in any case.
 */
export type Masquerade = "all" | "none" | "all but local pods" | "this node";

export type EndpointPlan = {
  readonly endpoint: Endpoint;
  readonly port: Port;
  readonly slice: EndpointSlice;
  /** On this node: its nodeName is the node's name. An endpoint without nodeName is on no node. */
  readonly isLocal: boolean;
} & Readonly<Record<ListName, EndpointUse>>;

/** What a plan depends on besides the Service and its slices. */
export type PlanSettings = {
  readonly nodeName: string;
  /** The zone that topology hints are compared with; undefined switches zone hints off. */
  readonly zone: string | undefined;
  readonly masqueradeAll: boolean;
  /** Whether external IPs are served; where not, they are as if no Service had any. */
  readonly externalIPs: boolean;
  /** The most elements that a Service may have in a family: endpoints for each frontend and list. */
  readonly elementLimit: number;
  /** Where this node's agent reaches the API server: no external or load balancer frontend may take that away from it. */
  readonly apiServer: readonly ServerAddress[];
  /** The most source ranges of a Service in a family, counted for each port and load balancer IP. */
  readonly sourceRangeLimit: number;
  readonly families: Readonly<Record<Family, PlanFamilySettings>>;
};

export type ServerAddress = { readonly address: Address; readonly port: Port };

export type PlanFamilySettings = {
  /** The node's primary address: if it may reach a load balancer IP, so may that IP itself. */
  readonly nodeIP: Address | undefined;
  /** The networks of ClusterIPs, of which nobody else may claim an address. */
  readonly serviceCIDRs: readonly CIDR[];
  /** `none`: there is no way to tell that a packet comes from a pod of this node. */
  readonly detectLocal: { readonly kind: string };
  /** Whether this host can look up sources in ranges. */
  readonly sourceRanges: boolean;
};

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
  const { sources, problem } = limitedSources(service, family, settings);
  if (problem !== undefined) problems.push(problem);
  const addresses = limitedAddresses(service, family, settings, problems);
  const listed = listings(slices, family);
  const sorted = service.ports.toSorted(comparePorts);
  const served = sorted.map((port) => servedPort(service, port, addresses, family, settings, problems));
  const demands = served.map(({ port, frontends, policies }) => ({
    endpoints: listedCount(port, listed),
    lists: listCount(frontends, policies) * (service.sessionAffinity === undefined ? 1 : 2),
  }));
  const limit = mostEndpoints(demands, settings.elementLimit);
  const ports = served.map(({ port, frontends, policies }, index): PortPlan => {
    const candidates = portEndpoints(port, listed, limit);
    const uses = endpointUses(candidates, policies, settings);
    const whenEmpty = candidates.some(isUsableSomewhere) ? "drop" : "refuse";
    problems.push(...contradictions(port, candidates));
    const count = demands[index]?.endpoints ?? 0;
    if (count > limit) problems.push({ kind: "tooManyEndpoints", port, count, limit });
    return {
      port,
      frontends: frontends.map((frontend) => ({
        frontend,
        ...listsOf(frontend, policies),
        whenEmpty,
        masquerade: masqueradeOf(frontend, policies, family, settings),
        affinity: service.sessionAffinity,
        sources: frontend.kind === "address" && frontend.source === "loadBalancerIP" ? sources : undefined,
      })),
      endpoints: candidates.map(({ endpoint, port: number, slice }, index) => ({
        endpoint,
        port: number,
        slice,
        isLocal: endpoint.nodeName === settings.nodeName,
        cluster: uses.cluster[index] ?? "list not needed",
        local: uses.local[index] ?? "list not needed",
      })),
    };
  });
  problems.push(...noSlicePorts(sorted, listed));
  return { service, family, clusterIP, ports, problems };
}

/** The endpoints that are used in a list, in slot order. */
export function listOf({ endpoints }: PortPlan, name: ListName): readonly EndpointPlan[] {
  return endpoints.filter((each) => each[name] === "used");
}

/** The external IPs and load balancer IPs that a plan has frontends on. */
export function externalAddresses({ ports }: ServicePlan): ReadonlySet<Address> {
  const addresses = new Set<Address>();
  for (const { frontends } of ports) {
    for (const { frontend } of frontends) {
      if (frontend.kind === "address" && frontend.source !== "clusterIP") addresses.add(frontend.address);
    }
  }
  return addresses;
}

/** How many source ranges a plan has, for all of its frontends. */
export function sourceRangeCount({ ports }: ServicePlan): number {
  const counts = ports.flatMap(({ frontends }) => frontends.map(({ sources = [] }) => sources.length));
  return counts.reduce((sum, count) => sum + count, 0);
}

export function isUsed({ cluster, local }: EndpointPlan): boolean {
  return cluster === "used" || local === "used";
}

/** Whether an endpoint may be the client of its own connection: then replies must not go to itself directly. */
export function mayMeetItself(each: EndpointPlan): boolean {
  return (each.isLocal || each.endpoint.nodeName === undefined) && isUsed(each);
}

/** The first addresses, as many as a Service with so many ports may have. */
function limitedAddresses(service: Service, family: Family, settings: PlanSettings, problems: PlanProblem[]) {
  const all = serviceAddresses(service, family, settings.externalIPs);
  const limit = mostAddresses(service.ports.length, settings.elementLimit);
  if (all.size <= limit) return all;
  problems.push({ kind: "tooManyAddresses", family, count: all.size, limit });
  return new Map([...all].slice(0, limit));
}

/** A port with the frontends that it may have. */
function servedPort(
  service: Service,
  port: ServicePort,
  addresses: ReadonlyMap<Address, AddressFrontend["source"]>,
  family: Family,
  settings: PlanSettings,
  problems: PlanProblem[],
) {
  const { allowed: frontends, refused } = allowedFrontends(portFrontends(port, addresses), family, settings);
  for (const { frontend, reason } of refused) problems.push({ kind: "refusedFrontend", port, frontend, reason });
  const policies = {
    internal: service.internalTrafficPolicy,
    external: effectiveExternalTrafficPolicy(service),
    isExternal: frontends.some(isExternal),
  };
  return { port, frontends, policies };
}

/** How many lists the frontends of a port have together. */
function listCount(frontends: readonly Frontend[], policies: TrafficPolicies): number {
  const counts = frontends.map((frontend) => new Set(Object.values(listsOf(frontend, policies))).size);
  return counts.reduce((sum, count) => sum + count, 0);
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

export function comparePorts(a: ServicePort, b: ServicePort): number {
  return (
    a.port - b.port ||
    compareText(a.protocol, b.protocol) ||
    compareText(a.name, b.name) ||
    (a.nodePort ?? 0) - (b.nodePort ?? 0)
  );
}

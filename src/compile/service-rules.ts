import { type Address, addressFamily, type Family } from "../model/address.ts";
import { type CIDR, cidrElement } from "../model/cidr.ts";
import type { EndpointSlice } from "../model/endpoint-slice.ts";
import type { Problem } from "../model/problem.ts";
import { compareText, type Service, type ServicePort, serviceKey, servicePortName } from "../model/service.ts";
import { printTuple } from "../nft/print-set.ts";
import type { Element, Verdict } from "../nft/ruleset.ts";
import { type RememberShape, rememberName } from "./affinity.ts";
import { type Destination, portEndpoints } from "./endpoints.ts";
import {
  dispatchKey,
  effectiveExternalTrafficPolicy,
  type Frontend,
  isExternal,
  portFrontends,
  portKey,
} from "./frontends.ts";
import { dispatchMap, endpointsMap, noEndpointsMap, stickyEndpointsMap, stickySet } from "./sets.ts";
import type { Settings } from "./settings.ts";
import { clusterListOffset, type Shape, shapeName } from "./shape.ts";
import { allowedSources } from "./source-ranges.ts";
import { type UsableEndpoints, usableEndpoints } from "./topology.ts";

/** What one Service contributes to a table. It depends on the Service, its slices and the settings alone. */
export type ServiceRules = {
  readonly service: Service;
  readonly frontends: readonly FrontendRules[];
  /** Undefined where the Service does not exist in the family. */
  readonly clusterIP: Address | undefined;
  /** Endpoints that can meet their own connections. */
  readonly hairpins: readonly Address[];
  readonly problems: readonly Problem[];
};

/** What belongs to one frontend, and is left out where an older Service has the same frontend. */
export type FrontendRules = {
  readonly frontend: Frontend;
  /** Equal for equal frontends. */
  readonly claim: string;
  /** `namespace/name:port` */
  readonly owner: string;
  readonly elements: readonly SetElements[];
  readonly shape: Shape | undefined;
  readonly remember: readonly RememberShape[];
};

export type SetElements = { readonly set: string; readonly elements: readonly Element[] };

export function serviceRules(
  service: Service,
  slices: readonly EndpointSlice[],
  family: Family,
  settings: Settings,
): ServiceRules {
  const clusterIP = service.clusterIPs.find((ip) => addressFamily(ip) === family);
  const frontends: FrontendRules[] = [];
  const hairpins = new Set<Address>();
  const problems: Problem[] = [];
  const sources = allowedSources(service, family, settings.families[family].nodeIP);
  for (const port of clusterIP === undefined ? [] : [...service.ports].sort(comparePorts)) {
    const owner = servicePortName(service, port);
    const { destinations, contradictions } = portEndpoints(port, family, slices, settings.nodeName);
    const portFrontendList = portFrontends(service, port, family);
    const policies = {
      internal: service.internalTrafficPolicy,
      external: effectiveExternalTrafficPolicy(service),
      isExternal: portFrontendList.some(isExternal),
    };
    const usable = limited(usableEndpoints(destinations, policies, settings));
    const context = { service, port, owner, family, settings, policies, usable, sources };
    for (const frontend of portFrontendList) frontends.push(frontendRules(frontend, context));
    for (const list of [usable.cluster, usable.local]) {
      for (const { isLocal, endpoint } of list) {
        if (isLocal || endpoint.nodeName === undefined) hairpins.add(endpoint.address);
      }
    }
    for (const { target } of contradictions) {
      const message = `endpoint ${target.join(" port ")} is listed more than once with different conditions; ready ones count`;
      problems.push(portProblem(service, owner, message));
    }
    problems.push(...tooMany(service, owner, destinations));
  }
  if (sources?.length === 0 && service.loadBalancerIPs.some((ip) => addressFamily(ip) === family)) {
    problems.push(closedProblem(service, family));
  }
  // A copy has no room for more, as an array that grew has: these are kept, and many.
  return { service, frontends: frontends.slice(), clusterIP, hairpins: [...hairpins], problems };
}

type PortContext = {
  readonly service: Service;
  readonly owner: string;
  readonly family: Family;
  readonly settings: Settings;
  readonly policies: { readonly internal: "Cluster" | "Local"; readonly external: "Cluster" | "Local" };
  readonly usable: UsableEndpoints;
  readonly sources: readonly CIDR[] | undefined;
};

function frontendRules(frontend: Frontend, context: PortContext): FrontendRules {
  const { owner, usable, policies } = context;
  const key = dispatchKey(frontend);
  const isLocal = (isExternal(frontend) ? policies.external : policies.internal) === "Local";
  const isShortCircuited = isLocal && isExternal(frontend);
  const list = isLocal ? usable.local : usable.cluster;
  const clusterList = isShortCircuited ? usable.cluster : [];
  const affinity = context.service.sessionAffinity && context.settings.families[context.family].affinity;
  const elements: SetElements[] = [];
  const add = (set: string, added: readonly Element[]) => {
    if (added.length > 0) elements.push({ set, elements: added });
  };
  const shape: Shape | undefined =
    list.length + clusterList.length === 0
      ? undefined
      : {
          frontend: frontend.kind,
          protocol: frontend.protocol,
          policy: isShortCircuited
            ? { kind: "local", clusterEndpoints: clusterList.length }
            : { kind: isExternal(frontend) ? "external" : "internal" },
          endpoints: list.length,
          affinity,
        };
  if (shape) {
    add(dispatchMap(frontend.kind), [{ key, value: { kind: "goto", chain: shapeName(shape) }, owner }]);
    add(endpointsMap(frontend.kind, frontend.protocol), [
      ...slotElements(frontend, list, 0, owner),
      ...slotElements(frontend, clusterList, clusterListOffset, owner),
    ]);
  }
  if (list.length === 0) {
    const verdict: Verdict = usable.existAnywhere ? { kind: "drop" } : { kind: "goto", chain: refuseChainName };
    add(noEndpointsMap(frontend.kind), [{ key, value: verdict, owner }]);
  }
  const sticky = affinityElements(frontend, context, list, clusterList, add);
  addSourceRanges(frontend, context, add);
  return { frontend, claim: printTuple(key), owner, elements: elements.slice(), shape, remember: sticky };
}

/** The chain that tells a client that nobody listens. */
export const refuseChainName = "refuse";

type Add = (set: string, elements: readonly Element[]) => void;

/** The key is written out, not spread: an array that is made by spreading has room for more, and these are many. */
function slotElements(
  frontend: Frontend,
  destinations: readonly Destination[],
  offset: number,
  owner: string,
): readonly Element[] {
  return destinations.map(({ target }, index) => ({
    key:
      frontend.kind === "nodePort"
        ? [frontend.port, offset + index]
        : [frontend.address, frontend.port, offset + index],
    value: target,
    owner,
  }));
}

/** Adds what remembers the clients of a sticky frontend, and returns the chains that it takes. */
function affinityElements(
  frontend: Frontend,
  { service, owner, family, settings }: PortContext,
  list: readonly Destination[],
  clusterList: readonly Destination[],
  add: Add,
): readonly RememberShape[] {
  const { protocol } = frontend;
  const { affinity, nodePortAddresses } = settings.families[family];
  const prefix = portKey(frontend);
  const element = (destination: Destination, value: Verdict): Element => ({
    key: [...prefix, ...destination.target],
    value,
    owner,
  });
  const map = stickyEndpointsMap(frontend.kind, protocol);
  if (service.sessionAffinity === undefined || affinity === "hash") {
    // On a node's address, its element keeps the packet from the rules of a sticky NodePort with the same number.
    if (frontend.kind === "address" && nodePortAddresses.addresses.includes(frontend.address)) {
      add(
        map,
        distinct([...list, ...clusterList]).map((destination) => element(destination, { kind: "return" })),
      );
    }
    return [];
  }
  const { timeoutSeconds } = service.sessionAffinity;
  const everybody: RememberShape = { protocol, timeoutSeconds, shortCircuit: false };
  const shortCircuit: RememberShape = { protocol, timeoutSeconds, shortCircuit: true };
  const shortOnly = distinct([...list, ...clusterList]).slice(list.length);
  const remember = (shape: RememberShape): Verdict => ({ kind: "goto", chain: rememberName(shape) });
  add(stickySet(frontend.kind, protocol), [{ key: prefix, owner }]);
  add(map, [
    ...list.map((destination) => element(destination, remember(everybody))),
    ...shortOnly.map((destination) => element(destination, remember(shortCircuit))),
  ]);
  return [...(list.length > 0 ? [everybody] : []), ...(shortOnly.length > 0 ? [shortCircuit] : [])];
}

function addSourceRanges(frontend: Frontend, { owner, sources }: PortContext, add: Add): void {
  if (frontend.kind !== "address" || frontend.source !== "loadBalancerIP" || sources === undefined) return;
  const key = dispatchKey(frontend);
  add("firewalled", [{ key, owner }]);
  add(
    "allowed-sources",
    sources.map((source) => ({ key: [...key, cidrElement(source)], owner })),
  );
}

/** Each address and port once, in order of first appearance. */
function distinct(destinations: readonly Destination[]): readonly Destination[] {
  return [...new Map(destinations.map((destination) => [printTuple(destination.target), destination])).values()];
}

function comparePorts(a: ServicePort, b: ServicePort): number {
  return (
    a.port - b.port ||
    compareText(a.protocol, b.protocol) ||
    compareText(a.name, b.name) ||
    (a.nodePort ?? 0) - (b.nodePort ?? 0)
  );
}

function limited(usable: UsableEndpoints): UsableEndpoints {
  if (usable.cluster.length <= clusterListOffset && usable.local.length <= clusterListOffset) return usable;
  const limit = (list: readonly Destination[]) => list.slice(0, clusterListOffset);
  return { ...usable, cluster: limit(usable.cluster), local: limit(usable.local) };
}

function tooMany(service: Service, owner: string, destinations: readonly Destination[]): readonly Problem[] {
  if (destinations.length <= clusterListOffset) return [];
  const message = `has ${destinations.length} endpoints; the first ${clusterListOffset} usable ones are served`;
  return [portProblem(service, owner, message)];
}

/** A problem of a service port, `namespace/name:port`. */
export function portProblem(service: Service, owner: string, message: string): Problem {
  const key = serviceKey(service);
  return { object: `Service ${key}`, field: owner === key ? "" : `port ${owner.slice(key.length + 1)}`, message };
}

function closedProblem(service: Service, family: Family): Problem {
  const name = family === "ip" ? "IPv4" : "IPv6";
  return {
    object: `Service ${serviceKey(service)}`,
    field: "spec.loadBalancerSourceRanges",
    message: `has no usable ${name} range, so its ${name} load balancer IPs are closed to everybody`,
  };
}

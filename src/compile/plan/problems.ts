import { type Address, addressFamily, compareAddresses, type Family, familyName } from "../../model/address.ts";
import type { EndpointPort, EndpointSlice } from "../../model/endpoint-slice.ts";
import type { Port } from "../../model/port.ts";
import type { Problem } from "../../model/problem.ts";
import { compareText, type ObjectKey, type Service, type ServicePort, serviceKey } from "../../model/service.ts";
import type { FrontendRefusal } from "./allowed-frontends.ts";
import { type Candidate, disagree, type Listing, portText } from "./endpoints.ts";
import { type Frontend, frontendText } from "./frontends.ts";

/** What is wrong with a Service or its slices, found by planning it. It never stops the rest. */
export type PlanProblem =
  /** Slices list an endpoint more than once, and disagree on it. */
  | { readonly kind: "contradiction"; readonly port: ServicePort; readonly address: Address; readonly number: Port }
  | { readonly kind: "tooManyEndpoints"; readonly port: ServicePort; readonly count: number; readonly limit: number }
  /** More addresses than may be served on so many ports. */
  | { readonly kind: "tooManyAddresses"; readonly family: Family; readonly count: number; readonly limit: number }
  /** More than the settings allow: the load balancer IPs are closed. */
  | { readonly kind: "tooManySourceRanges"; readonly family: Family; readonly count: number; readonly limit: number }
  | {
      readonly kind: "refusedFrontend";
      readonly port: ServicePort;
      readonly frontend: Frontend;
      readonly reason: FrontendRefusal;
    }
  /** The host cannot look up sources in ranges: the load balancer IPs are closed. */
  | { readonly kind: "sourceRangesUnsupported"; readonly family: Family }
  /** Those of older Services are as many as a table may have: the load balancer IPs are closed. */
  | { readonly kind: "sourceRangesOfOthers"; readonly family: Family; readonly limit: number }
  /** More time-outs are in use than a table may have. */
  | { readonly kind: "roundedTimeout"; readonly asked: number; readonly seconds: number }
  /** An external address is the ClusterIP of another Service. */
  | {
      readonly kind: "othersClusterIP";
      readonly port: ServicePort;
      readonly frontend: Frontend;
      readonly owner: ObjectKey;
    }
  /** There are source ranges, but none of the family. */
  | { readonly kind: "sourceRangesClosed"; readonly family: Family }
  /** Slices of the family have endpoints, but none has the port's name and protocol. */
  | { readonly kind: "noSlicePort"; readonly port: ServicePort; readonly slicePorts: readonly EndpointPort[] }
  /** The Service has no ClusterIP of the address's family. */
  | {
      readonly kind: "addressWithoutClusterIP";
      readonly field: string;
      readonly address: Address;
      readonly family: Family;
    }
  /** Likewise, of a slice's family. */
  | { readonly kind: "sliceWithoutClusterIP"; readonly slice: string; readonly family: Family };

/** What a Service asks for in a family of which it has no ClusterIP. */
export function unservedFamily(
  service: Service,
  slices: readonly EndpointSlice[],
  family: Family,
  externalIPs: boolean,
): readonly PlanProblem[] {
  const addresses = (field: string, all: readonly Address[]) =>
    all
      .filter((address) => addressFamily(address) === family)
      .sort(compareAddresses)
      .map((address) => ({ kind: "addressWithoutClusterIP", field, address, family }) as const);
  return [
    ...addresses("spec.externalIPs", externalIPs ? service.externalIPs : []),
    ...addresses("status.loadBalancer.ingress", service.loadBalancerIPs),
    ...slicesWithEndpoints(slices, family).map(
      ({ name }) => ({ kind: "sliceWithoutClusterIP", slice: name, family }) as const,
    ),
  ];
}

/** What slices say of one endpoint in different ways. */
export function contradictions(port: ServicePort, candidates: readonly Candidate[]): readonly PlanProblem[] {
  const problems: PlanProblem[] = [];
  let counted: Candidate | undefined;
  for (const candidate of candidates) {
    if (!candidate.isDuplicate) counted = candidate;
    else if (counted !== undefined && disagree(counted, candidate)) {
      problems.push({ kind: "contradiction", port, address: counted.endpoint.address, number: counted.port });
      counted = undefined;
    }
  }
  return problems;
}

/** Of the ports for which no slice lists endpoints: that slices list some for others. */
export function noSlicePorts(ports: readonly ServicePort[], listings: readonly Listing[]): readonly PlanProblem[] {
  const filled = listings.filter(({ endpoints }) => endpoints.length > 0);
  const isKnown = (port: ServicePort) => filled.some((each) => each.ports.has(portText(port)));
  if (filled.length === 0 || ports.every(isKnown)) return [];
  const known = new Map(filled.flatMap(({ slice }) => slice.ports).map((port) => [portText(port), port]));
  const names = [...known.keys()].sort(compareText).slice(0, mostNames);
  const slicePorts = names.flatMap((name) => known.get(name) ?? []);
  return ports.flatMap((port) => (known.has(portText(port)) ? [] : [{ kind: "noSlicePort", port, slicePorts }]));
}

const mostNames = 5;

function slicesWithEndpoints(slices: readonly EndpointSlice[], family: Family): readonly EndpointSlice[] {
  return slices
    .filter((slice) => slice.family === family && slice.endpoints.length > 0)
    .sort((a, b) => compareText(a.name, b.name));
}

/** A plan's problem in words. */
export function planProblemText(service: Service, problem: PlanProblem): Problem {
  switch (problem.kind) {
    case "contradiction": {
      const { port, address, number } = problem;
      const message = `endpoint ${address} port ${number} is listed more than once with different conditions; ready ones count`;
      return portProblem(service, port, message);
    }
    case "tooManyEndpoints": {
      const { port, count, limit } = problem;
      return portProblem(
        service,
        port,
        `has ${count} endpoints, too many for its frontends; the first ${limit} are looked at`,
      );
    }
    case "tooManyAddresses": {
      const { count, limit } = problem;
      const message = `has ${count} ${familyName(problem.family)} addresses, too many for its ports; the first ${limit} are served`;
      return { object: `Service ${serviceKey(service)}`, field: "", message };
    }
    case "refusedFrontend": {
      const { port, frontend, reason } = problem;
      const why = {
        "in a ServiceCIDR": "is in a ServiceCIDR; these addresses are reserved for ClusterIPs",
        "API server": "is where the API server is reached",
      };
      return portProblem(service, port, `${frontendText(frontend)} ${why[reason]}; it is not served`);
    }
    case "tooManySourceRanges": {
      const { count, limit } = problem;
      const name = familyName(problem.family);
      const message = `come to ${count} ${name} ranges for all ports and load balancer IPs, more than ${limit}; its ${name} load balancer IPs accept no traffic`;
      return { object: `Service ${serviceKey(service)}`, field: "spec.loadBalancerSourceRanges", message };
    }
    case "sourceRangesUnsupported": {
      const name = familyName(problem.family);
      const message = `this host cannot check them, so its ${name} load balancer IPs accept no traffic`;
      return { object: `Service ${serviceKey(service)}`, field: "spec.loadBalancerSourceRanges", message };
    }
    case "sourceRangesOfOthers": {
      const name = familyName(problem.family);
      const message = `are beyond the ${problem.limit} that all Services of a node may have, as those of older Services come first; its ${name} load balancer IPs accept no traffic`;
      return { object: `Service ${serviceKey(service)}`, field: "spec.loadBalancerSourceRanges", message };
    }
    case "roundedTimeout": {
      const { asked, seconds } = problem;
      const message = `is ${asked}, but older Services have too many different time-outs; clients are remembered for ${seconds} s`;
      const field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
      return { object: `Service ${serviceKey(service)}`, field, message };
    }
    case "othersClusterIP": {
      const { port, frontend, owner } = problem;
      return portProblem(
        service,
        port,
        `${frontendText(frontend)} is the ClusterIP of Service ${owner}; it is not served for this port`,
      );
    }
    case "sourceRangesClosed": {
      const name = familyName(problem.family);
      const message = `has no usable ${name} range, so its ${name} load balancer IPs accept no traffic`;
      return { object: `Service ${serviceKey(service)}`, field: "spec.loadBalancerSourceRanges", message };
    }
    case "noSlicePort": {
      const { port, slicePorts } = problem;
      const names = slicePorts.map(portText).join(", ");
      const message = `no EndpointSlice has this port (${portText(port)}), they have ${names || "none"}; it has no endpoints`;
      return portProblem(service, port, message);
    }
    case "addressWithoutClusterIP": {
      const { field, address, family } = problem;
      const message = `${address} is not served, as the Service has no ${familyName(family)} clusterIP`;
      return { object: `Service ${serviceKey(service)}`, field, message };
    }
    case "sliceWithoutClusterIP": {
      const { slice, family } = problem;
      const message = `EndpointSlice ${slice} is not used, as the Service has no ${familyName(family)} clusterIP`;
      return { object: `Service ${serviceKey(service)}`, field: "", message };
    }
  }
}

/** A problem of one port of a Service. */
export function portProblem(service: Service, port: ServicePort, message: string): Problem {
  return { object: `Service ${serviceKey(service)}`, field: port.name === "" ? "" : `port ${port.name}`, message };
}

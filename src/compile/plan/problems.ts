import { type Address, addressFamily, compareAddresses, type Family } from "../../model/address.ts";
import type { AnnotationProblem } from "../../model/annotations.ts";
import type { EndpointPort, EndpointSlice } from "../../model/endpoint-slice.ts";
import type { Port } from "../../model/port.ts";
import { compareText, type ObjectKey, type Service, type ServicePort } from "../../model/service.ts";
import type { FrontendRefusal } from "./allowed-frontends.ts";
import { type Candidate, disagree, type Listing, portText } from "./endpoints.ts";
import type { Frontend } from "./frontends.ts";

/** What is wrong with a Service or its slices, found while planning. It never stops the rest. */
export type PlanProblem =
  /** Slices list an endpoint more than once, and disagree about it. */
  | { readonly kind: "contradiction"; readonly port: ServicePort; readonly address: Address; readonly number: Port }
  | { readonly kind: "tooManyEndpoints"; readonly port: ServicePort; readonly count: number; readonly limit: number }
  /** More addresses than may be served with this many ports. */
  | { readonly kind: "tooManyAddresses"; readonly family: Family; readonly count: number; readonly limit: number }
  /** What an annotation says cannot be read. */
  | ({ readonly kind: "annotation" } & AnnotationProblem)
  /** More than the settings allow: what they are about is closed. */
  | { readonly kind: "tooManySourceRanges"; readonly family: Family; readonly count: number; readonly limit: number }
  | {
      readonly kind: "refusedFrontend";
      readonly port: ServicePort;
      readonly frontend: Frontend;
      readonly reason: FrontendRefusal;
    }
  /** The host cannot look up sources in ranges: what they are about is closed. */
  | { readonly kind: "sourceRangesUnsupported"; readonly family: Family; readonly field: RangesField }
  /** Those of older Services are as many as a table may have: what they are about is closed. */
  | { readonly kind: "sourceRangesOfOthers"; readonly family: Family; readonly limit: number }
  /** More timeouts are in use than a table may have. */
  | { readonly kind: "roundedTimeout"; readonly asked: number; readonly seconds: number }
  /** An external address is the ClusterIP of another Service. */
  | {
      readonly kind: "othersClusterIP";
      readonly port: ServicePort;
      readonly frontend: Frontend;
      readonly owner: ObjectKey;
    }
  /** There are source ranges, but none of the family. */
  | { readonly kind: "sourceRangesClosed"; readonly family: Family; readonly field: RangesField }
  /** Slices of the family have endpoints, but none has the port's name and protocol. */
  | { readonly kind: "noSlicePort"; readonly port: ServicePort; readonly slicePorts: readonly EndpointPort[] }
  /** The Service has no ClusterIP of the address's family. */
  | {
      readonly kind: "addressWithoutClusterIP";
      readonly field: string;
      readonly address: Address;
      readonly family: Family;
    }
  /** The same for a slice's family. */
  | { readonly kind: "sliceWithoutClusterIP"; readonly slice: string; readonly family: Family };

/** Where a Service's source ranges are. */
export type RangesField = "loadBalancerSourceRanges" | "nodePortSourceRanges" | "denySourceRanges";

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

/** Contradictions of slices about one endpoint. */
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

/** For the ports for which no slice lists endpoints: that slices list some for others. */
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

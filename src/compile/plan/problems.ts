import { type Address, addressFamily, compareAddresses, type Family } from "../../model/address.ts";
import type { AnnotationProblem } from "../../model/annotations.ts";
import type { EndpointPort, EndpointSlice } from "../../model/endpoint-slice.ts";
import type { Port } from "../../model/port.ts";
import { compareText, type ObjectKey, type Service, type ServicePort } from "../../model/service.ts";
import type { FrontendRefusal } from "./allowed-frontends.ts";
import type { HashRefusal } from "./balancing.ts";
import { type Candidates, disagree, portText } from "./endpoints.ts";
import type { Frontend } from "./frontends.ts";

/** What is wrong with a Service or its slices, found while planning. It never stops the rest. */
export type PlanProblem =
  /** Slices list an endpoint more than once, and disagree about it. */
  | { readonly kind: "contradiction"; readonly port: ServicePort; readonly address: Address; readonly number: Port }
  | { readonly kind: "tooManyEndpoints"; readonly port: ServicePort; readonly count: number; readonly limit: number }
  /** No hash of the client can choose the endpoint. */
  | { readonly kind: "notHashed"; readonly port: ServicePort; readonly reason: HashRefusal }
  /** More addresses than may be served with this many ports. */
  | { readonly kind: "tooManyAddresses"; readonly family: Family; readonly count: number; readonly limit: number }
  /** A part of an annotation that cannot be read. */
  | ({ readonly kind: "annotation" } & AnnotationProblem)
  /** More than the settings allow: the frontends that they apply to are closed. */
  | { readonly kind: "tooManySourceRanges"; readonly family: Family; readonly count: number; readonly limit: number }
  | {
      readonly kind: "refusedFrontend";
      readonly port: ServicePort;
      readonly frontend: Frontend;
      readonly reason: FrontendRefusal;
    }
  /** The host cannot look up sources in ranges: the frontends that they apply to are closed. */
  | { readonly kind: "sourceRangesUnsupported"; readonly family: Family; readonly field: RangesField }
  /** Older Services already use all that a table may have: the frontends that they apply to are closed. */
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

/** What a Service requests in a family in which it has no ClusterIP. */
export function unservedFamily(
  service: Service,
  slices: readonly EndpointSlice[],
  family: Family,
  externalIPs: boolean,
): readonly PlanProblem[] {
  const hasSlices = slices.some((slice) => slice.family === family);
  if (!hasSlices && service.externalIPs.length + service.loadBalancerIPs.length === 0) return [];
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
export function contradictions(
  port: ServicePort,
  { endpoints: { addresses, states }, listingAt, duplicates }: Candidates,
): readonly PlanProblem[] {
  const places = new Set<number>();
  let counted = 0;
  for (const place of duplicates) {
    if (!duplicates.has(place - 1)) counted = place - 1;
    const [one, other] = [states[counted], states[place]];
    if (one !== undefined && other !== undefined && disagree(one, other)) places.add(counted);
  }
  return [...places].flatMap((place) => {
    const address = addresses[place];
    return address === undefined ? [] : [{ kind: "contradiction", port, address, number: listingAt(place).port }];
  });
}

/** For the ports for which no slice lists endpoints: that slices list some for others. */
export function noSlicePorts(
  missing: readonly ServicePort[],
  slices: readonly EndpointSlice[],
  family: Family,
): readonly PlanProblem[] {
  const filled = missing.length === 0 ? [] : slicesWithEndpoints(slices, family);
  if (filled.length === 0) return [];
  const known = new Map(filled.flatMap(({ ports }) => ports).map((port) => [portText(port), port]));
  const names = [...known.keys()].sort(compareText).slice(0, mostNames);
  const slicePorts = names.flatMap((name) => known.get(name) ?? []);
  return missing.map((port) => ({ kind: "noSlicePort", port, slicePorts }));
}

const mostNames = 5;

function slicesWithEndpoints(slices: readonly EndpointSlice[], family: Family): readonly EndpointSlice[] {
  return slices
    .filter((slice) => slice.family === family && slice.endpoints.addresses.length > 0)
    .sort((a, b) => compareText(a.name, b.name));
}

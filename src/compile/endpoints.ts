import { addressOrder, type Family } from "../model/address.ts";
import type { Endpoint, EndpointSlice } from "../model/endpoint-slice.ts";
import type { Port } from "../model/port.ts";
import { compareText, type ServicePort } from "../model/service.ts";
import type { ElementTuple } from "../nft/ruleset.ts";

/** An endpoint of one service port: where a packet may be sent. */
export type Destination = {
  readonly endpoint: Endpoint;
  readonly port: Port;
  /** On this node: its nodeName is the node's name. An endpoint without nodeName is on no node. */
  readonly isLocal: boolean;
  /** Address and port as an element's value. */
  readonly target: ElementTuple;
};

export type PortEndpoints = {
  /** Ordered by address and port as numbers; each address and port once. */
  readonly destinations: readonly Destination[];
  /** What is listed more than once, with different conditions. */
  readonly contradictions: readonly Destination[];
};

/**
 * The endpoints of a service port in one family: the union over the Service's slices.
 *
 * A slice port belongs to the service port with the same name and protocol, and each slice may give it another number.
 * Where slices list one address and port twice, the ready one counts, then a serving one, then that of the slice with
 * the higher generation, then that of the slice whose name comes last, then the one whose node and hints come last; so
 * the order of arrival never matters.
 */
export function portEndpoints(
  port: ServicePort,
  family: Family,
  slices: readonly EndpointSlice[],
  nodeName: string,
): PortEndpoints {
  const candidates: Candidate[] = [];
  for (const slice of slices) {
    if (slice.family !== family) continue;
    for (const slicePort of slice.ports) {
      if (slicePort.name !== port.name || slicePort.protocol !== port.protocol) continue;
      for (const endpoint of slice.endpoints) candidates.push(candidate(endpoint, slicePort.port, slice, nodeName));
    }
  }
  candidates.sort(compareCandidates);
  const destinations: Candidate[] = [];
  const contradictions: Destination[] = [];
  for (const candidate of candidates) {
    const last = destinations.at(-1);
    if (last === undefined || last.order !== candidate.order || last.port !== candidate.port) {
      destinations.push(candidate);
    } else if (differ(last.endpoint, candidate.endpoint) && contradictions.at(-1) !== last) {
      contradictions.push(last);
    }
  }
  return { destinations, contradictions };
}

type Candidate = Destination & { readonly order: string; readonly slice: EndpointSlice };

function candidate(endpoint: Endpoint, port: Port, slice: EndpointSlice, nodeName: string): Candidate {
  return {
    endpoint,
    port,
    isLocal: endpoint.nodeName === nodeName,
    target: [endpoint.address, port],
    order: addressOrder(endpoint.address),
    slice,
  };
}

/** By address and port; of equal ones the one to believe comes first. */
function compareCandidates(a: Candidate, b: Candidate): number {
  return compareText(a.order, b.order) || a.port - b.port || compareTrust(a, b);
}

function compareTrust(a: Candidate, b: Candidate): number {
  return (
    Number(b.endpoint.ready) - Number(a.endpoint.ready) ||
    Number(b.endpoint.serving) - Number(a.endpoint.serving) ||
    Number(a.endpoint.terminating) - Number(b.endpoint.terminating) ||
    b.slice.generation - a.slice.generation ||
    compareText(b.slice.name, a.slice.name) ||
    compareText(b.endpoint.nodeName ?? "", a.endpoint.nodeName ?? "") ||
    compareText(hints(b.endpoint), hints(a.endpoint))
  );
}

/** The hints as a text that does not depend on their order. */
function hints({ zoneHints, nodeHints }: Endpoint): string {
  return JSON.stringify([zoneHints.toSorted(), nodeHints.toSorted()]);
}

function differ(a: Endpoint, b: Endpoint): boolean {
  return a.ready !== b.ready || a.serving !== b.serving || a.terminating !== b.terminating || a.nodeName !== b.nodeName;
}

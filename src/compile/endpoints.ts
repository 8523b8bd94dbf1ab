import { type Address, addressOrder, type Family } from "../model/address.ts";
import type { Endpoint, EndpointSlice } from "../model/endpoint-slice.ts";
import type { Port } from "../model/port.ts";
import type { ServicePort } from "../model/service.ts";

/** An endpoint of one service port: where a packet may be sent. */
export type Destination = {
  readonly address: Address;
  readonly port: Port;
  readonly endpoint: Endpoint;
  /** On this node: its nodeName is the node's name. An endpoint without nodeName is on no node. */
  readonly isLocal: boolean;
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
 * the higher generation, then that of the slice whose name comes last; so the order of arrival never matters.
 */
export function portEndpoints(
  port: ServicePort,
  family: Family,
  slices: readonly EndpointSlice[],
  nodeName: string,
): PortEndpoints {
  const byTarget = new Map<string, Candidate>();
  const contradictions = new Map<string, Destination>();
  for (const slice of slices) {
    if (slice.family !== family) continue;
    for (const slicePort of slice.ports) {
      if (slicePort.name !== port.name || slicePort.protocol !== port.protocol) continue;
      for (const endpoint of slice.endpoints) {
        const target = `${endpoint.address} ${slicePort.port}`;
        const candidate = { endpoint, port: slicePort.port, slice };
        const rival = byTarget.get(target);
        if (rival === undefined || beats(candidate, rival)) byTarget.set(target, candidate);
        if (rival && differ(rival.endpoint, endpoint)) contradictions.set(target, destination(candidate, nodeName));
      }
    }
  }
  const ordered = [...byTarget.values()].map((candidate) => ({
    order: addressOrder(candidate.endpoint.address),
    candidate,
  }));
  ordered.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : a.candidate.port - b.candidate.port));
  return {
    destinations: ordered.map(({ candidate }) => destination(candidate, nodeName)),
    contradictions: [...contradictions.values()],
  };
}

type Candidate = { readonly endpoint: Endpoint; readonly port: Port; readonly slice: EndpointSlice };

function destination({ endpoint, port }: Candidate, nodeName: string): Destination {
  return { address: endpoint.address, port, endpoint, isLocal: endpoint.nodeName === nodeName };
}

function beats(a: Candidate, b: Candidate): boolean {
  if (a.endpoint.ready !== b.endpoint.ready) return a.endpoint.ready;
  if (a.endpoint.serving !== b.endpoint.serving) return a.endpoint.serving;
  if (a.endpoint.terminating !== b.endpoint.terminating) return b.endpoint.terminating;
  if (a.slice.generation !== b.slice.generation) return a.slice.generation > b.slice.generation;
  if (a.slice.name !== b.slice.name) return a.slice.name > b.slice.name;
  return (a.endpoint.nodeName ?? "") > (b.endpoint.nodeName ?? "");
}

function differ(a: Endpoint, b: Endpoint): boolean {
  return a.ready !== b.ready || a.serving !== b.serving || a.terminating !== b.terminating || a.nodeName !== b.nodeName;
}

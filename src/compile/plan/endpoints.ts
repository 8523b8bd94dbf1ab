import { addressOrder, type Family } from "../../model/address.ts";
import type { Endpoint, EndpointSlice } from "../../model/endpoint-slice.ts";
import type { Port } from "../../model/port.ts";
import { compareText, type ServicePort } from "../../model/service.ts";

/** An endpoint of one service port, as one slice lists it. */
export type Candidate = {
  readonly endpoint: Endpoint;
  readonly port: Port;
  readonly slice: EndpointSlice;
  /** An earlier candidate has the same address and port, and is used instead. */
  readonly isDuplicate: boolean;
};

/** A slice of a family, with its ports by name and protocol, and its endpoints in order. */
export type Listing = {
  readonly slice: EndpointSlice;
  readonly ports: ReadonlyMap<string, readonly Port[]>;
  readonly endpoints: readonly Ordered[];
};

/** Done once for all ports of a Service, because a slice may have thousands of ports and endpoints. */
export function listings(slices: readonly EndpointSlice[], family: Family): readonly Listing[] {
  return slices
    .filter((slice) => slice.family === family)
    .map((slice) => {
      const ports = new Map<string, Port[]>();
      for (const each of slice.ports) {
        const key = portText(each);
        const numbers = ports.get(key);
        if (numbers === undefined) ports.set(key, [each.port]);
        else numbers.push(each.port);
      }
      const endpoints = slice.endpoints.map((endpoint) => ({ endpoint, slice, order: addressOrder(endpoint.address) }));
      return { slice, ports, endpoints: endpoints.sort(compareOrdered) };
    });
}

/** How many endpoints slices list for a service port, including duplicates. */
export function listedCount(port: ServicePort, listings: readonly Listing[]): number {
  const key = portText(port);
  return listings.reduce((sum, { ports, endpoints }) => sum + (ports.get(key)?.length ?? 0) * endpoints.length, 0);
}

/**
 * The endpoints of a service port in one family: the union over the Service's slices, ordered by address and port as
 * numbers.
 *
 * A slice port belongs to the service port with the same name and protocol. Its number may differ between slices.
 * If slices list an address and port twice, the ready one counts, then a serving one, then that of the slice with
 * the higher generation, then that of the slice whose name comes last, then the one whose node and hints come last. So
 * the order of arrival never matters.
 *
 * @param limit how many are returned at most, in this order
 */
export function portEndpoints(
  port: ServicePort,
  listings: readonly Listing[],
  limit = Number.POSITIVE_INFINITY,
): readonly Candidate[] {
  const key = portText(port);
  const listed: Listed[] = [];
  for (const { ports, endpoints } of listings) {
    for (const number of ports.get(key) ?? []) {
      for (const { endpoint, slice, order } of endpoints.length > limit ? endpoints.slice(0, limit) : endpoints) {
        listed.push({ endpoint, slice, order, port: number, isDuplicate: false });
      }
    }
  }
  listed.sort(compareListed);
  if (listed.length > limit) listed.length = limit;
  let last: Listed | undefined;
  for (const each of listed) {
    each.isDuplicate = last !== undefined && last.port === each.port && last.order === each.order;
    last = each;
  }
  return listed;
}

/** `http/TCP` or `unnamed/TCP` */
export function portText({ name, protocol }: Pick<ServicePort, "name" | "protocol">): string {
  return `${name === "" ? "unnamed" : name}/${protocol.toUpperCase()}`;
}

/** Whether two entries for the same address and port disagree on something that matters. */
export function disagree({ endpoint: a }: Candidate, { endpoint: b }: Candidate): boolean {
  return a.ready !== b.ready || a.serving !== b.serving || a.terminating !== b.terminating || a.nodeName !== b.nodeName;
}

type Ordered = Pick<Candidate, "endpoint" | "slice"> & { readonly order: string };

type Listed = Ordered & { readonly port: Port; isDuplicate: boolean };

function compareOrdered(a: Ordered, b: Ordered): number {
  return compareText(a.order, b.order) || compareTrust(a, b);
}

/** By address and port; of equal ones, the one that counts comes first. */
function compareListed(a: Listed, b: Listed): number {
  return compareText(a.order, b.order) || a.port - b.port || compareTrust(a, b);
}

function compareTrust(a: Ordered, b: Ordered): number {
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

/** The hints as text, independent of their order. */
function hints({ zoneHints, nodeHints }: Endpoint): string {
  return JSON.stringify([zoneHints.toSorted(), nodeHints.toSorted()]);
}

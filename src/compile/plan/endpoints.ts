import { addressOrder, type Family } from "../../model/address.ts";
import type { Endpoint, EndpointSlice } from "../../model/endpoint-slice.ts";
import type { Port } from "../../model/port.ts";
import { compareText, type ServicePort } from "../../model/service.ts";

/** An endpoint of one service port, as one slice lists it. */
export type Candidate = {
  readonly endpoint: Endpoint;
  readonly port: Port;
  readonly slice: EndpointSlice;
  /** An earlier candidate has the same address and port, and is the one that counts. */
  readonly isDuplicate: boolean;
};

/**
 * The endpoints of a service port in one family: the union over the Service's slices, ordered by address and port as
 * numbers.
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
): readonly Candidate[] {
  const listed: Listed[] = [];
  for (const slice of slices) {
    if (slice.family !== family) continue;
    for (const { name, protocol, port: number } of slice.ports) {
      if (name !== port.name || protocol !== port.protocol) continue;
      for (const endpoint of slice.endpoints) {
        listed.push({ endpoint, port: number, slice, order: addressOrder(endpoint.address), isDuplicate: false });
      }
    }
  }
  listed.sort(compareListed);
  let last: Listed | undefined;
  for (const each of listed) {
    each.isDuplicate = last !== undefined && last.port === each.port && last.order === each.order;
    last = each;
  }
  return listed;
}

/** Whether two that list one address and port disagree on what counts. */
export function disagree({ endpoint: a }: Candidate, { endpoint: b }: Candidate): boolean {
  return a.ready !== b.ready || a.serving !== b.serving || a.terminating !== b.terminating || a.nodeName !== b.nodeName;
}

type Listed = Omit<Candidate, "isDuplicate"> & { readonly order: string; isDuplicate: boolean };

/** By address and port; of equal ones the one to believe comes first. */
function compareListed(a: Listed, b: Listed): number {
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

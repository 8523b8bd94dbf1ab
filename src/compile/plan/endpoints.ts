import { type Address, addressOrder, type Family } from "../../model/address.ts";
import type { EndpointSlice } from "../../model/endpoint-slice.ts";
import type { EndpointState, Endpoints } from "../../model/endpoints.ts";
import type { Port } from "../../model/port.ts";
import { compareText, type ServicePort } from "../../model/service.ts";

/** A slice that lists endpoints for a port, and the number that it gives the port. */
export type Listing = { readonly slice: EndpointSlice; readonly port: Port };

/** The endpoints of one service port, as slices list them, ordered by address and port as numbers. */
export type Candidates = {
  readonly endpoints: Endpoints;
  readonly listingAt: (place: number) => Listing;
  /** The places of duplicates: they have the address and port of the endpoint before, which is used instead. */
  readonly duplicates: ReadonlySet<number>;
};

/**
 * Returns a function that gives the listings of a service port. A slice port belongs to the service port with the same name
 * and protocol. Its number may differ between slices. They are found for all ports at once, because a slice may have
 * thousands.
 */
export function listingsOf(
  slices: readonly EndpointSlice[],
  family: Family,
): (port: ServicePort) => readonly Listing[] {
  const listings = new Map<string, Listing[]>();
  for (const slice of slices) {
    if (slice.family !== family) continue;
    for (const each of slice.ports) {
      const key = portText(each);
      const listing = { slice, port: each.port };
      const others = listings.get(key);
      if (others === undefined) listings.set(key, [listing]);
      else others.push(listing);
    }
  }
  return (port) => listings.get(portText(port)) ?? [];
}

/** How many endpoints slices list, including duplicates. */
export function listedCount(listings: readonly Listing[]): number {
  let count = 0;
  for (const { slice } of listings) count += slice.endpoints.addresses.length;
  return count;
}

/**
 * The endpoints of a service port in one family: the union over its listings, ordered by address and port as numbers.
 *
 * If slices list an address and port twice, the ready one counts, then a serving one, then that of the slice with
 * the higher generation, then that of the slice whose name comes last, then the one whose node and hints come last. So
 * the order of arrival never matters.
 *
 * @param limit how many are returned at most, in this order
 */
export function portEndpoints(listings: readonly Listing[], limit = Number.POSITIVE_INFINITY): Candidates {
  const [only] = listings;
  if (only === undefined || listings.length > 1 || !areDistinct(only.slice.endpoints.addresses))
    return merged(listings, limit);
  return { endpoints: first(only.slice.endpoints, limit), listingAt: () => only, duplicates: none };
}

/** The states of all that are not duplicates. */
export function countedStates({ endpoints: { states }, duplicates }: Candidates): readonly EndpointState[] {
  return duplicates.size === 0 ? states : states.filter((_, place) => !duplicates.has(place));
}

/** `http/TCP` or `unnamed/TCP` */
export function portText({ name, protocol }: Pick<ServicePort, "name" | "protocol">): string {
  return `${name === "" ? "unnamed" : name}/${protocol.toUpperCase()}`;
}

/** Whether two entries for the same address and port disagree on something that matters. */
export function disagree(a: EndpointState, b: EndpointState): boolean {
  return a.ready !== b.ready || a.serving !== b.serving || a.terminating !== b.terminating || a.nodeName !== b.nodeName;
}

const none: ReadonlySet<number> = new Set();

function first(endpoints: Endpoints, limit: number): Endpoints {
  const { addresses, states } = endpoints;
  if (addresses.length <= limit) return endpoints;
  return { addresses: addresses.slice(0, limit), states: states.slice(0, limit) };
}

/** Equal addresses are neighbours. */
function areDistinct(addresses: readonly Address[]): boolean {
  for (let place = 1; place < addresses.length; place++) if (addresses[place] === addresses[place - 1]) return false;
  return true;
}

type Listed = {
  readonly address: Address;
  readonly order: string;
  readonly state: EndpointState;
  readonly listing: Listing;
};

function merged(listings: readonly Listing[], limit: number): Candidates {
  const listed: Listed[] = [];
  for (const listing of listings) {
    const { addresses, states } = listing.slice.endpoints;
    for (let place = 0; place < addresses.length; place++) {
      const [address, state] = [addresses[place], states[place]];
      if (address === undefined || state === undefined) continue;
      if (place >= limit && address !== addresses[place - 1]) break;
      listed.push({ address, order: addressOrder(address), state, listing });
    }
  }
  listed.sort(compareListed);
  if (listed.length > limit) listed.length = limit;
  const duplicates = new Set<number>();
  for (const [place, { address, listing }] of listed.entries()) {
    const last = listed[place - 1];
    if (last?.address === address && last.listing.port === listing.port) duplicates.add(place);
  }
  return {
    endpoints: { addresses: listed.map(({ address }) => address), states: listed.map(({ state }) => state) },
    listingAt: (place) => {
      const found = listed[place];
      if (found === undefined) throw new RangeError(`there is no endpoint ${place}`);
      return found.listing;
    },
    duplicates,
  };
}

/** By address and port; of equal ones, the one that counts comes first. */
function compareListed(a: Listed, b: Listed): number {
  return compareText(a.order, b.order) || a.listing.port - b.listing.port || compareTrust(a, b);
}

function compareTrust(
  { state: a, listing: { slice: sliceOfA } }: Listed,
  { state: b, listing: { slice: sliceOfB } }: Listed,
): number {
  return (
    Number(b.ready) - Number(a.ready) ||
    Number(b.serving) - Number(a.serving) ||
    Number(a.terminating) - Number(b.terminating) ||
    sliceOfB.generation - sliceOfA.generation ||
    compareText(sliceOfB.name, sliceOfA.name) ||
    compareText(b.nodeName ?? "", a.nodeName ?? "") ||
    compareText(hints(b), hints(a))
  );
}

/** The hints as text, independent of their order. */
function hints({ zoneHints, nodeHints }: EndpointState): string {
  return JSON.stringify([zoneHints.toSorted(), nodeHints.toSorted()]);
}

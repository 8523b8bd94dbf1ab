import { type Address, addressOrder } from "./address.ts";
import { compareText } from "./service.ts";

/**
 * Endpoints in the order of their addresses as numbers, in two columns: there are many, and those on one node usually have
 * the same state.
 */
export type Endpoints = {
  readonly addresses: readonly Address[];
  /** The state of the endpoint whose address is at the same place. */
  readonly states: readonly EndpointState[];
};

export type EndpointState = {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly nodeName: string | undefined;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
};

export type Endpoint = EndpointState & { readonly address: Address };

/** The endpoints of a list in any order. Those with the same address keep their order. */
export function orderedEndpoints(list: readonly Endpoint[]): Endpoints {
  const sorted = inOrder(list);
  return { addresses: sorted.map(({ address }) => address), states: sorted.map(sharedState) };
}

/** The endpoint at a place, as a separate value. */
export function endpointAt({ addresses, states }: Endpoints, place: number): Endpoint {
  const [address, state] = [addresses[place], states[place]];
  if (address === undefined || state === undefined) throw new RangeError(`there is no endpoint ${place}`);
  return { address, ...state };
}

function inOrder(list: readonly Endpoint[]): readonly Endpoint[] {
  const ordered = list.map((endpoint) => ({ endpoint, order: addressOrder(endpoint.address) }));
  if (ordered.every(({ order }, place) => order >= (ordered[place - 1]?.order ?? ""))) return list;
  return ordered.sort((a, b) => compareText(a.order, b.order)).map(({ endpoint }) => endpoint);
}

/** The states in which endpoints on each node have been. */
const known = new Map<string | undefined, EndpointState[]>();

/** More nodes than any cluster has, and more states than the endpoints on one have. */
const [mostNodes, mostStates] = [50_000, 16];

/** The state of an endpoint; equal states are one object, except odd ones. */
function sharedState(endpoint: Endpoint): EndpointState {
  const { ready, serving, terminating, nodeName, zoneHints, nodeHints } = endpoint;
  const states = known.get(nodeName) ?? [];
  for (const state of states) if (isSameState(state, endpoint)) return state;
  const state = { ready, serving, terminating, nodeName, zoneHints, nodeHints };
  if (states.length >= mostStates) return state;
  if (known.size >= mostNodes) known.clear();
  known.set(nodeName, [...states, state]);
  return state;
}

/** For two on one node. */
function isSameState(a: EndpointState, b: EndpointState): boolean {
  return (
    a.ready === b.ready &&
    a.serving === b.serving &&
    a.terminating === b.terminating &&
    areSame(a.zoneHints, b.zoneHints) &&
    areSame(a.nodeHints, b.nodeHints)
  );
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((each, place) => each === b[place]));
}

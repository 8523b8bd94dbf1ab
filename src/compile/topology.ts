import type { TrafficPolicy } from "../model/service.ts";
import type { Destination } from "./endpoints.ts";

/** The endpoints that this node may send a service port's traffic to. */
export type UsableEndpoints = {
  /** For traffic under policy Cluster, and for what eTP Local short-circuits; empty if there is no such traffic. */
  readonly cluster: readonly Destination[];
  /** For traffic under policy Local; empty if there is no such traffic. */
  readonly local: readonly Destination[];
  /** Some endpoint somewhere could take traffic, if perhaps not from here. It tells drop (true) from reject (false). */
  readonly existAnywhere: boolean;
};

export type TrafficPolicies = {
  readonly internal: TrafficPolicy;
  readonly external: TrafficPolicy;
  /** The service port has a frontend besides its ClusterIP. */
  readonly isExternal: boolean;
};

/** Where this node is, as far as topology hints go. */
export type Location = { readonly nodeName: string; readonly zone: string | undefined };

/**
 * Chooses the usable ones among a service port's endpoints:
 *
 * - Ready endpoints are used. If a list has none, its endpoints that are serving and terminating are used instead
 *   (KEP-1669). The two lists decide this each for itself.
 * - The cluster list's ready endpoints are reduced to those hinted for this node, if each has a node hint and one is
 *   for this node; otherwise to those hinted for this zone, by the same rule (KEP-2433). One endpoint without a hint
 *   switches the reduction off.
 * - The local list is never reduced by hints, nor are terminating endpoints.
 */
export function usableEndpoints(
  destinations: readonly Destination[],
  policies: TrafficPolicies,
  location: Location,
): UsableEndpoints {
  const usesCluster = policies.internal === "Cluster" || policies.isExternal;
  const usesLocal = policies.internal === "Local" || (policies.external === "Local" && policies.isExternal);
  return {
    cluster: usesCluster ? readyOrTerminating(destinations, (ready) => hinted(ready, location)) : [],
    local: usesLocal ? readyOrTerminating(destinations.filter(({ isLocal }) => isLocal)) : [],
    existAnywhere: destinations.some(({ endpoint }) => endpoint.ready || isServingTerminating(endpoint)),
  };
}

function readyOrTerminating(
  destinations: readonly Destination[],
  reduce: (ready: readonly Destination[]) => readonly Destination[] = (ready) => ready,
): readonly Destination[] {
  const ready = destinations.filter(({ endpoint }) => endpoint.ready);
  return ready.length > 0 ? reduce(ready) : destinations.filter(({ endpoint }) => isServingTerminating(endpoint));
}

function isServingTerminating(endpoint: Destination["endpoint"]): boolean {
  return endpoint.serving && endpoint.terminating;
}

function hinted(ready: readonly Destination[], { nodeName, zone }: Location): readonly Destination[] {
  const forNode = hintedFor(ready, nodeName, ({ endpoint }) => endpoint.nodeHints);
  if (forNode.length > 0) return forNode;
  const forZone = zone === undefined ? [] : hintedFor(ready, zone, ({ endpoint }) => endpoint.zoneHints);
  return forZone.length > 0 ? forZone : ready;
}

function hintedFor(
  ready: readonly Destination[],
  name: string,
  hints: (destination: Destination) => readonly string[],
): readonly Destination[] {
  if (ready.some((destination) => hints(destination).length === 0)) return [];
  return ready.filter((destination) => hints(destination).includes(name));
}

import type { EndpointState } from "../../model/endpoints.ts";
import type { TrafficPolicy } from "../../model/service.ts";

/** The two lists over which a service port's traffic can be balanced. */
export type ListName = "cluster" | "local";

/** Whether an endpoint is used in a list, or why not. */
export type EndpointUse =
  | "used"
  /** No traffic of this service port is balanced over this list. */
  | "list not needed"
  /** Neither ready, nor serving while terminating. */
  | "not ready"
  /** Terminating, while others are ready. */
  | "terminating while others are ready"
  /** Ready, but its topology hints name other nodes. */
  | "hinted for other nodes"
  /** Ready, but its topology hints name other zones. */
  | "hinted for other zones"
  | "not on this node"
  /** Another slice or entry lists the same address and port, and is used instead. */
  | "listed twice"
  /** Its slice has no port with the service port's name and protocol. */
  | "no slice port";

export type TrafficPolicies = {
  readonly internal: TrafficPolicy;
  readonly external: TrafficPolicy;
  /** The service port has a frontend other than its ClusterIP. */
  readonly isExternal: boolean;
};

/** The location of this node, for topology hints. */
export type Location = { readonly nodeName: string; readonly zone: string | undefined };

/**
 * Decides how each of a service port's endpoints is used in each list:
 *
 * - Ready endpoints are used. If a list has none, its endpoints that are serving and terminating are used instead
 *   (KEP-1669). Each list decides this independently.
 * - The ready endpoints of the cluster list are reduced to those hinted for this node, if each has a node hint and one is
 *   for this node; otherwise to those hinted for this zone, by the same rule (KEP-2433). One endpoint without a hint
 *   disables the reduction.
 * - Hints never reduce the local list, nor terminating endpoints.
 *
 * The cluster list is for traffic under policy Cluster, and for traffic that externalTrafficPolicy Local short-circuits.
 *
 * @param states of all endpoints, without those that are listed twice
 */
export function endpointUses(
  states: readonly EndpointState[],
  policies: TrafficPolicies,
  location: Location,
): Readonly<Record<ListName, (state: EndpointState) => EndpointUse>> {
  const usesCluster = policies.internal === "Cluster" || policies.isExternal;
  const usesLocal = policies.internal === "Local" || (policies.external === "Local" && policies.isExternal);
  const isLocal = ({ nodeName }: EndpointState) => nodeName === location.nodeName;
  return {
    cluster: usesCluster ? uses(states, hintsInForce(states, location)) : notNeeded,
    local: usesLocal ? uses(states, (each) => (isLocal(each) ? "used" : "not on this node"), isLocal) : notNeeded,
  };
}

/** Can take traffic, though perhaps not from this node. */
export function isUsableSomewhere({ ready, serving, terminating }: EndpointState): boolean {
  return ready || (serving && terminating);
}

const notNeeded = (): EndpointUse => "list not needed";

/** @param reduce the use of a ready endpoint in the scope of the list */
function uses(
  states: readonly EndpointState[],
  reduce: (ready: EndpointState) => EndpointUse,
  isInScope: (state: EndpointState) => boolean = () => true,
): (state: EndpointState) => EndpointUse {
  const anyReady = states.some((each) => each.ready && isInScope(each));
  return (each) => {
    if (!isInScope(each)) return "not on this node";
    if (!isUsableSomewhere(each)) return "not ready";
    if (!each.ready && anyReady) return "terminating while others are ready";
    return each.ready ? reduce(each) : "used";
  };
}

/** The use of a ready endpoint according to topology hints. */
function hintsInForce(
  states: readonly EndpointState[],
  { nodeName, zone }: Location,
): (state: EndpointState) => EndpointUse {
  const areInForce = (hints: "nodeHints" | "zoneHints", name: string) =>
    states.every((each) => !each.ready || each[hints].length > 0) &&
    states.some((each) => each.ready && each[hints].includes(name));
  if (areInForce("nodeHints", nodeName)) {
    return ({ nodeHints }) => (nodeHints.includes(nodeName) ? "used" : "hinted for other nodes");
  }
  if (zone !== undefined && areInForce("zoneHints", zone)) {
    return ({ zoneHints }) => (zoneHints.includes(zone) ? "used" : "hinted for other zones");
  }
  return () => "used";
}

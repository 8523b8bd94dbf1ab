import type { TrafficPolicy } from "../../model/service.ts";
import type { Candidate } from "./endpoints.ts";

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
 */
export function endpointUses(
  candidates: readonly Candidate[],
  policies: TrafficPolicies,
  location: Location,
): Readonly<Record<ListName, (candidate: Candidate) => EndpointUse>> {
  const usesCluster = policies.internal === "Cluster" || policies.isExternal;
  const usesLocal = policies.internal === "Local" || (policies.external === "Local" && policies.isExternal);
  const hints = hintsInForce(candidates, location);
  const isLocal = ({ endpoint }: Candidate) => endpoint.nodeName === location.nodeName;
  return {
    cluster: usesCluster ? uses(candidates, hints) : notNeeded,
    local: usesLocal ? uses(candidates, (each) => (isLocal(each) ? "used" : "not on this node"), isLocal) : notNeeded,
  };
}

/** Can take traffic, though perhaps not from this node. */
export function isUsableSomewhere({ endpoint, isDuplicate }: Candidate): boolean {
  return !isDuplicate && (endpoint.ready || (endpoint.serving && endpoint.terminating));
}

const notNeeded = (): EndpointUse => "list not needed";

/** @param reduce the use of a ready endpoint in the scope of the list */
function uses(
  candidates: readonly Candidate[],
  reduce: (ready: Candidate) => EndpointUse,
  isInScope: (candidate: Candidate) => boolean = () => true,
): (candidate: Candidate) => EndpointUse {
  const anyReady = candidates.some((each) => !each.isDuplicate && each.endpoint.ready && isInScope(each));
  return (each) => {
    const { endpoint, isDuplicate } = each;
    if (isDuplicate) return "listed twice";
    if (!isInScope(each)) return "not on this node";
    if (!isUsableSomewhere(each)) return "not ready";
    if (!endpoint.ready && anyReady) return "terminating while others are ready";
    return endpoint.ready ? reduce(each) : "used";
  };
}

/** The use of a ready endpoint according to topology hints. */
function hintsInForce(
  candidates: readonly Candidate[],
  { nodeName, zone }: Location,
): (candidate: Candidate) => EndpointUse {
  const isReady = ({ isDuplicate, endpoint }: Candidate) => !isDuplicate && endpoint.ready;
  const areInForce = (hints: (candidate: Candidate) => readonly string[], name: string) =>
    candidates.every((each) => !isReady(each) || hints(each).length > 0) &&
    candidates.some((each) => isReady(each) && hints(each).includes(name));
  const nodeHints = ({ endpoint }: Candidate) => endpoint.nodeHints;
  const zoneHints = ({ endpoint }: Candidate) => endpoint.zoneHints;
  if (areInForce(nodeHints, nodeName)) {
    return (each) => (nodeHints(each).includes(nodeName) ? "used" : "hinted for other nodes");
  }
  if (zone !== undefined && areInForce(zoneHints, zone)) {
    return (each) => (zoneHints(each).includes(zone) ? "used" : "hinted for other zones");
  }
  return () => "used";
}

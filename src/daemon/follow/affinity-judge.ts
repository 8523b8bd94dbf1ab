import type { PlannedFrontend } from "../../compile/lower/planned-frontend.ts";
import { type FrontendKey, frontendKeyOf } from "../../compile/plan/frontends.ts";
import { endpointText, type PortPlan, placesOf } from "../../compile/plan/service-plan.ts";
import type { ListName } from "../../compile/plan/topology.ts";
import type { FamilySettings } from "../../compile/settings.ts";
import type { Address } from "../../model/address.ts";
import { cidrContains } from "../../model/cidr.ts";
import type { Protocol } from "../../model/port.ts";
import { type ObjectKey, serviceKey } from "../../model/service.ts";
import type { RememberedClient, RememberedPath } from "../../netlink/affinity.ts";

/** The Service of a path, and which clients may keep its endpoint. */
type Claim = { readonly service: ObjectKey; readonly outsiders: boolean; readonly insiders: boolean };

export type AffinityWorld = {
  readonly ownerOf: (frontend: FrontendKey) => PlannedFrontend | undefined;
  readonly settings: FamilySettings;
  /** Whether an address belongs to this node now. */
  readonly hasAddress: (address: Address) => boolean;
};

/**
 * Returns a function that gives the Service of a remembered client, or undefined if the rules no longer lead the client to
 * its endpoint: the frontend is gone or not sticky, or the endpoint is not in the client's list.
 *
 * A client that only its interface would identify as a local pod keeps an endpoint that is in one of the lists; the rules
 * decide.
 */
export function affinityJudge(
  protocol: Protocol,
  { ownerOf, settings, hasAddress }: AffinityWorld,
): (client: RememberedClient) => ObjectKey | undefined {
  const nodePortAddresses = new Set<Address>(settings.nodePortAddresses.addresses);
  const claims = new Map<RememberedPath, Claim | undefined>();
  const lists = new Map<PortPlan, Readonly<Record<ListName, ReadonlySet<string>>>>();

  function claimOf({ destination, destinationPort, endpoint, endpointPort }: RememberedPath): Claim | undefined {
    const planned =
      ownerOf(frontendKeyOf(destination, protocol, destinationPort)) ??
      (nodePortAddresses.has(destination) ? ownerOf(frontendKeyOf(undefined, protocol, destinationPort)) : undefined);
    if (planned === undefined || planned.frontend.affinity === undefined) return undefined;
    const { plan, port, frontend } = planned;
    const known = lists.get(port) ?? { cluster: endpointsOf(port, "cluster"), local: endpointsOf(port, "local") };
    lists.set(port, known);
    const has = (list: ListName) => known[list].has(`${endpoint} ${endpointPort}`);
    return {
      service: serviceKey(plan.service),
      outsiders: has(frontend.outsiders),
      insiders: has(frontend.insiders),
    };
  }

  function isInsider(source: Address): boolean | undefined {
    const { detectLocal } = settings;
    if (hasAddress(source)) return true;
    if (detectLocal.kind === "cidrs") return detectLocal.cidrs.some((cidr) => cidrContains(cidr, source));
    return detectLocal.kind === "none" ? false : undefined;
  }

  return ({ path, source }) => {
    if (!claims.has(path)) claims.set(path, claimOf(path));
    const claim = claims.get(path);
    if (claim === undefined || (!claim.outsiders && !claim.insiders)) return undefined;
    if (claim.outsiders && claim.insiders) return claim.service;
    return isInsider(source()) === !claim.insiders ? undefined : claim.service;
  };
}

function endpointsOf(port: PortPlan, list: ListName): ReadonlySet<string> {
  return new Set(placesOf(port, list).map((place) => endpointText(port, place)));
}

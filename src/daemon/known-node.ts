import type { Node } from "../model/node.ts";

/**
 * What is known about the Node after an update from the API. The object may be deleted and recreated while the node keeps
 * running, and it comes back empty: the kubelet and controllers fill it in later. The last known values apply until there
 * are new ones:
 *
 * - no Node: everything that was known;
 * - a Node without addresses: the addresses, networks and zone that were known;
 * - a Node with addresses: its own values, except pod networks, which a controller may not have set yet.
 */
export function knownNode(known: Node | undefined, told: Node | undefined): Node | undefined {
  if (known === undefined || told === undefined) return told ?? known;
  const isBare = told.addresses.length === 0;
  return {
    ...told,
    addresses: isBare ? known.addresses : told.addresses,
    podCIDRs: told.podCIDRs.length === 0 ? known.podCIDRs : told.podCIDRs,
    zone: told.zone ?? (isBare ? known.zone : undefined),
  };
}

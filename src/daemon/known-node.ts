import type { Node } from "../model/node.ts";

/**
 * What is known of the Node when the API has told of it anew. The object may be deleted and made again while the node
 * goes on, and comes back bare: the kubelet and controllers fill it in later. What was said last counts until something
 * else is said:
 *
 * - no Node: everything that was known;
 * - a Node without addresses: the addresses, networks and zone that were known;
 * - a Node with addresses: what it says, but for the networks of pods, which somebody else may not have given it yet.
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

import type { DetectLocal } from "../compile/settings.ts";
import { type Family, families, familyName } from "../model/address.ts";
import { type CIDR, cidrFamily } from "../model/cidr.ts";
import type { Node } from "../model/node.ts";
import type { DetectLocalChoice } from "./config.ts";

/** How packets of this node's pods are told in one family. Where that goes by network, all networks of the family count. */
export function detectLocal(choice: DetectLocalChoice, node: Node | undefined, family: Family): DetectLocal {
  switch (choice.kind) {
    case "ClusterCIDR":
    case "NodeCIDR": {
      const cidrs = podNetworks(choice, node).filter((each) => cidrFamily(each) === family);
      return cidrs.length === 0 ? { kind: "none" } : { kind: "cidrs", cidrs };
    }
    case "BridgeInterface":
      return { kind: "interface", name: choice.name };
    case "InterfaceNamePrefix":
      return { kind: "interfacePrefix", prefix: choice.prefix };
  }
}

function podNetworks(choice: DetectLocalChoice, node: Node | undefined): readonly CIDR[] {
  switch (choice.kind) {
    case "ClusterCIDR":
      return choice.clusterCIDRs;
    case "NodeCIDR":
      return node?.podCIDRs ?? [];
    case "BridgeInterface":
    case "InterfaceNamePrefix":
      return [];
  }
}

/**
 * What is wrong where packets are told by network: there is none, or none of a family that the cluster uses. Then no
 * packet of that family counts as a pod's.
 */
export function missingNetworks(
  choice: DetectLocalChoice,
  node: Node | undefined,
  isUsed: (family: Family) => boolean,
): string | undefined {
  if (choice.kind !== "ClusterCIDR" && choice.kind !== "NodeCIDR") return undefined;
  const known = new Set(podNetworks(choice, node).map(cidrFamily));
  if (known.size === 0) return "is empty";
  const missing = families.find((family) => !known.has(family) && isUsed(family));
  return missing && `has no ${familyName(missing)} network`;
}

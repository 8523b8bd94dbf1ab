import type { DetectLocal } from "../compile/settings.ts";
import { type Family, families, familyName } from "../model/address.ts";
import { type CIDR, cidrFamily } from "../model/cidr.ts";
import type { Node } from "../model/node.ts";
import type { Config } from "./config.ts";

type DetectLocalConfig = Pick<Config, "detectLocal" | "clusterCIDRs">;

/** How packets from this node's pods are recognized in a family. If that is by network, all networks of the family count. */
export function detectLocal(config: DetectLocalConfig, node: Node | undefined, family: Family): DetectLocal {
  const choice = config.detectLocal;
  switch (choice.kind) {
    case "ClusterCIDR":
    case "NodeCIDR": {
      const cidrs = localNetworks(config, node)?.filter((each) => cidrFamily(each) === family) ?? [];
      return cidrs.length === 0 ? { kind: "none" } : { kind: "cidrs", cidrs };
    }
    case "BridgeInterface":
      return { kind: "interface", name: choice.name };
    case "InterfaceNamePrefix":
      return { kind: "interfacePrefix", prefix: choice.prefix };
  }
}

/** The networks by which packets from this node's pods are recognized; undefined if that is not by network. */
export function localNetworks(
  { detectLocal, clusterCIDRs }: DetectLocalConfig,
  node: Node | undefined,
): readonly CIDR[] | undefined {
  switch (detectLocal.kind) {
    case "ClusterCIDR":
      return clusterCIDRs;
    case "NodeCIDR":
      return node?.podCIDRs ?? [];
    case "BridgeInterface":
    case "InterfaceNamePrefix":
      return undefined;
  }
}

/** The problem of having no network, or none of a family that the cluster uses. */
export function missingNetworks(networks: readonly CIDR[], isUsed: (family: Family) => boolean): string | undefined {
  const known = new Set(networks.map(cidrFamily));
  if (known.size === 0) return "is empty";
  const missing = families.find((family) => !known.has(family) && isUsed(family));
  return missing && `has no ${familyName(missing)} network`;
}

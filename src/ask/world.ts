import type { Settings } from "../compile/settings.ts";
import type { ServiceTable } from "../compile/table/service-table.ts";
import type { Address, Family } from "../model/address.ts";
import { type CIDR, cidrFinder } from "../model/cidr.ts";

/** One family of a cluster as one node sees it: what questions about Services and packets are answered from. */
export type World = {
  readonly family: Family;
  readonly settings: Settings;
  /** The plans of all Services, and who has which frontend. */
  readonly plans: ServiceTable;
  /** This node's own addresses, loopback aside. */
  readonly nodeAddresses: ReadonlySet<Address>;
  /** The network of this node's pods that an address is in, where they are told by their networks. */
  readonly podNetwork: (address: Address) => CIDR | undefined;
  /** The ServiceCIDR that an address is in. */
  readonly serviceNetwork: (address: Address) => CIDR | undefined;
};

/** @param addresses of this node, besides those that the settings name */
export function world(
  family: Family,
  settings: Settings,
  plans: ServiceTable,
  addresses: Iterable<Address> = [],
): World {
  const { nodeIP, nodePortAddresses, detectLocal, serviceCIDRs } = settings.families[family];
  return {
    family,
    settings,
    plans,
    nodeAddresses: new Set([...(nodeIP === undefined ? [] : [nodeIP]), ...nodePortAddresses.addresses, ...addresses]),
    podNetwork: cidrFinder(detectLocal.kind === "cidrs" ? detectLocal.cidrs : []),
    serviceNetwork: cidrFinder(serviceCIDRs),
  };
}

import type { Settings } from "../compile/settings.ts";
import type { ServiceTable } from "../compile/table/service-table.ts";
import type { Address, Family } from "../model/address.ts";
import { type CIDR, cidrFinder } from "../model/cidr.ts";

/** One family of a cluster as one node sees it: the basis for answers about Services and packets. */
export type World = {
  readonly family: Family;
  readonly settings: Settings;
  /** The plans of all Services, and the owners of frontends. */
  readonly plans: ServiceTable;
  /** This node's own addresses, except loopback. */
  readonly nodeAddresses: ReadonlySet<Address>;
  /** The network of this node's pods that contains an address, if pods are recognized by network. */
  readonly podNetwork: (address: Address) => CIDR | undefined;
  /** The ServiceCIDR that contains an address, unless it is the ClusterIP of a Service that another proxy serves. */
  readonly serviceNetwork: (address: Address) => CIDR | undefined;
};

/** @param addresses of this node, in addition to those in the settings */
export function world(
  family: Family,
  settings: Settings,
  plans: ServiceTable,
  addresses: Iterable<Address> = [],
): World {
  const { nodeIP, nodePortAddresses, detectLocal, serviceCIDRs, otherClusterIPs } = settings.families[family];
  const others = new Set(otherClusterIPs);
  const serviceCIDROf = cidrFinder(serviceCIDRs);
  return {
    family,
    settings,
    plans,
    nodeAddresses: new Set([...(nodeIP === undefined ? [] : [nodeIP]), ...nodePortAddresses.addresses, ...addresses]),
    podNetwork: cidrFinder(detectLocal.kind === "cidrs" ? detectLocal.cidrs : []),
    serviceNetwork: (address) => (others.has(address) ? undefined : serviceCIDROf(address)),
  };
}

import type { Settings } from "../../compile/settings.ts";
import type { Address, Family } from "../../model/address.ts";
import type { ObjectKey, Service } from "../../model/service.ts";

/**
 * The Services whose rules may be others under other settings.
 *
 * ServiceCIDRs and the addresses that serve NodePorts are elements of their own, and of Services only those care about
 * the latter that have one themselves: each pod's link-local address may come and go with the pod.
 */
export function affectedServices(
  before: Settings,
  after: Settings,
  family: Family,
  services: ReadonlyMap<ObjectKey, Service>,
): readonly ObjectKey[] {
  if (essence(before, family) !== essence(after, family)) return [...services.keys()];
  const old = new Set(before.families[family].nodePortAddresses.addresses);
  const current = new Set(after.families[family].nodePortAddresses.addresses);
  const hasMoved = (address: Address) => old.has(address) !== current.has(address);
  const isAffected = ({ clusterIPs, loadBalancerIPs, externalIPs }: Service) =>
    [clusterIPs, loadBalancerIPs, externalIPs].some((addresses) => addresses.some(hasMoved));
  return [...services].flatMap(([key, service]) => (isAffected(service) ? [key] : []));
}

function essence(settings: Settings, family: Family): string {
  const own = { ...settings.families[family], serviceCIDRs: [], nodePortAddresses: [] };
  return JSON.stringify({ ...settings, families: own });
}

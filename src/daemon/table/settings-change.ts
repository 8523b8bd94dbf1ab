import type { ServerAddress } from "../../compile/plan/service-plan.ts";
import type { Settings } from "../../compile/settings.ts";
import type { Family } from "../../model/address.ts";
import type { Port } from "../../model/port.ts";
import type { ObjectKey, Service } from "../../model/service.ts";
import type { Store } from "../store.ts";

/**
 * The Services whose rules or problems may differ under other settings.
 *
 * The addresses that serve NodePorts are elements of their own, and concern only Services that have such an address
 * themselves: each pod's link-local address may come and go with the pod. The same holds for the addresses of the API
 * server, which also concern NodePorts of that number. An endpoint of a NodePort may be the NodePort itself.
 */
export function affectedServices(
  before: Settings,
  after: Settings,
  family: Family,
  store: Pick<Store, "services" | "slicesOf">,
): readonly ObjectKey[] {
  const { services } = store;
  if (essence(before, family) !== essence(after, family)) return [...services.keys()];
  const moved = new Set([
    ...difference(
      before.families[family].nodePortAddresses.addresses,
      after.families[family].nodePortAddresses.addresses,
    ),
    ...difference(before.apiServer.map(serverText), after.apiServer.map(serverText)).map((text) => text.split(" ")[0]),
  ]);
  const limits = [before, after].map((each) => [...(each.families[family].unremembered ?? [])]);
  const limited = new Set(difference(limits[0] ?? [], limits[1] ?? []));
  const serverPorts = new Set([...before.apiServer, ...after.apiServer].map(({ port }) => port));
  const isEndpoint = (key: ObjectKey, number: Port) =>
    store
      .slicesOf(key)
      .some(
        ({ ports, endpoints }) =>
          ports.some(({ port }) => port === number) && endpoints.addresses.some((address) => moved.has(address)),
      );
  const isAffected = (key: ObjectKey, { clusterIPs, loadBalancerIPs, externalIPs, ports }: Service) =>
    [clusterIPs, loadBalancerIPs, externalIPs].some((addresses) => addresses.some((address) => moved.has(address))) ||
    ports.some(({ nodePort: number }) => number !== undefined && (serverPorts.has(number) || isEndpoint(key, number)));
  const isAnyMoved = moved.size > 0;
  return [...services].flatMap(([key, service]) =>
    limited.has(key) || (isAnyMoved && isAffected(key, service)) ? [key] : [],
  );
}

/** The items that only one of two lists has. */
function difference(a: readonly string[], b: readonly string[]): readonly string[] {
  const [first, second] = [new Set(a), new Set(b)];
  return [...a.filter((each) => !second.has(each)), ...b.filter((each) => !first.has(each))];
}

function serverText({ address, port }: ServerAddress): string {
  return `${address} ${port}`;
}

function essence(settings: Settings, family: Family): string {
  const own = settings.families[family];
  const { loopback } = own.nodePortAddresses;
  return JSON.stringify({
    ...settings,
    families: { ...own, nodePortAddresses: loopback, otherClusterIPs: [] },
    apiServer: [],
  });
}

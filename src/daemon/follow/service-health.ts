import { portEndpoints } from "../../compile/endpoints.ts";
import { effectiveExternalTrafficPolicy } from "../../compile/frontends.ts";
import { type Address, addressFamily, type Family, families } from "../../model/address.ts";
import type { EndpointSlice } from "../../model/endpoint-slice.ts";
import type { Port } from "../../model/port.ts";
import type { Service } from "../../model/service.ts";

/** What load balancers are to learn on a Service's `healthCheckNodePort`. */
export type ServiceHealth = {
  readonly namespace: string;
  readonly name: string;
  readonly port: Port;
  /** How many endpoints of each family this node has; a family in which the Service does not exist is missing. */
  readonly localEndpoints: Readonly<Partial<Record<Family, number>>>;
};

/**
 * Whether, and what, load balancers may ask about a Service: undefined unless it is of type LoadBalancer with
 * externalTrafficPolicy Local, as only then it matters which nodes they send to.
 *
 * The distinct addresses of the endpoints on this node count that are ready, over all ports of the Service. Terminating
 * ones do not, though they still get traffic where there are no others: load balancers shall go elsewhere in time.
 */
export function serviceHealth(
  service: Service,
  slices: readonly EndpointSlice[],
  nodeName: string,
): ServiceHealth | undefined {
  const { namespace, name, healthCheckNodePort: port } = service;
  const isLocal = service.type === "LoadBalancer" && effectiveExternalTrafficPolicy(service) === "Local";
  if (!isLocal || port === undefined) return undefined;
  const counts = families
    .filter((family) => service.clusterIPs.some((ip) => addressFamily(ip) === family))
    .map((family) => [family, localReady(service, slices, family, nodeName)] as const);
  return { namespace, name, port, localEndpoints: Object.fromEntries(counts) };
}

function localReady(service: Service, slices: readonly EndpointSlice[], family: Family, nodeName: string): number {
  const addresses = new Set<Address>();
  for (const port of service.ports) {
    for (const { endpoint, isLocal } of portEndpoints(port, family, slices, nodeName).destinations) {
      if (isLocal && endpoint.ready) addresses.add(endpoint.address);
    }
  }
  return addresses.size;
}

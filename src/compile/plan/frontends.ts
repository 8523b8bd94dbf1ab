import { type Address, addressFamily, compareAddresses, type Family } from "../../model/address.ts";
import type { Port, Protocol } from "../../model/port.ts";
import type { Service, ServicePort, TrafficPolicy } from "../../model/service.ts";

/** What clients connect to. */
export type Frontend = AddressFrontend | NodePortFrontend;

export type AddressFrontend = {
  readonly kind: "address";
  readonly address: Address;
  readonly port: Port;
  readonly protocol: Protocol;
  /** Source ranges restrict load balancer IPs only. */
  readonly source: "clusterIP" | "loadBalancerIP" | "externalIP";
};

/** The same port on every address that serves NodePorts. */
export type NodePortFrontend = { readonly kind: "nodePort"; readonly port: Port; readonly protocol: Protocol };

/** `10.96.0.10 tcp 80` or `tcp 30080`. Two frontends with the same key cannot both be served. */
export type FrontendKey = `${string} ${string}`;

export function frontendKey(frontend: Frontend): FrontendKey {
  return frontendKeyOf(frontend.kind === "address" ? frontend.address : undefined, frontend.protocol, frontend.port);
}

/** @param address undefined for a NodePort */
export function frontendKeyOf(address: string | undefined, protocol: string, port: number | string): FrontendKey {
  return address === undefined ? `${protocol} ${port}` : `${address} ${protocol} ${port}`;
}

/** `nodePort 30080/tcp` or `10.96.0.10 port 80/tcp`. */
export function frontendText(frontend: Frontend): string {
  return frontend.kind === "nodePort"
    ? `nodePort ${frontend.port}/${frontend.protocol}`
    : `${frontend.address} port ${frontend.port}/${frontend.protocol}`;
}

/**
 * The addresses of a Service in a family, with their kinds, in the order in which they are served. A Service without a
 * ClusterIP of the family has none at all. An address that is listed twice counts as the first of: clusterIP,
 * loadBalancerIP, externalIP.
 *
 * @param externalIPs whether external IPs are served
 */
export function serviceAddresses(
  service: Service,
  family: Family,
  externalIPs = true,
): ReadonlyMap<Address, AddressFrontend["source"]> {
  const ofFamily = (addresses: readonly Address[]) =>
    addresses.filter((address) => addressFamily(address) === family).sort(compareAddresses);
  const sources = new Map<Address, AddressFrontend["source"]>();
  const [clusterIP] = ofFamily(service.clusterIPs);
  if (clusterIP === undefined) return sources;
  sources.set(clusterIP, "clusterIP");
  if (service.loadBalancerIPs.length + service.externalIPs.length === 0) return sources;
  for (const ip of ofFamily(service.loadBalancerIPs)) if (!sources.has(ip)) sources.set(ip, "loadBalancerIP");
  for (const ip of ofFamily(externalIPs ? service.externalIPs : []))
    if (!sources.has(ip)) sources.set(ip, "externalIP");
  return sources;
}

/** The frontends of a service port on these addresses. The load balancer IPs and external IPs listen on the Service's port. */
export function portFrontends(
  port: ServicePort,
  addresses: ReadonlyMap<Address, AddressFrontend["source"]>,
): readonly Frontend[] {
  if (addresses.size === 0) return [];
  const { protocol } = port;
  const frontends: Frontend[] = Array.from(addresses, ([address, source]) => ({
    kind: "address",
    address,
    port: port.port,
    protocol,
    source,
  }));
  if (port.nodePort !== undefined) frontends.push({ kind: "nodePort", port: port.nodePort, protocol });
  return frontends;
}

export function isExternal(frontend: Frontend): boolean {
  return frontend.kind === "nodePort" || frontend.source !== "clusterIP";
}

/** Whether a Service wants a kind of frontend to be served. */
export function isExposed({ annotations }: Service, frontend: Frontend): boolean {
  const kind = frontend.kind === "nodePort" ? "NodePort" : exposedKindOf[frontend.source];
  return annotations?.expose?.includes(kind) ?? true;
}

const exposedKindOf = { clusterIP: "ClusterIP", loadBalancerIP: "LoadBalancer", externalIP: "ExternalIP" } as const;

/**
 * The effective externalTrafficPolicy: Local only matters for the types NodePort and LoadBalancer, and for
 * a Service with external IPs.
 */
export function effectiveExternalTrafficPolicy(service: Service): TrafficPolicy {
  return service.type === "ClusterIP" && service.externalIPs.length === 0 ? "Cluster" : service.externalTrafficPolicy;
}

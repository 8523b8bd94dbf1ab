import type { Address } from "./address.ts";
import type { Annotations } from "./annotations.ts";
import type { CIDR } from "./cidr.ts";
import type { Port, Protocol } from "./port.ts";

/** `namespace/name`: the key of a namespaced object. */
export type ObjectKey = `${string}/${string}`;

export type TrafficPolicy = "Cluster" | "Local";

/** A Service with a ClusterIP. Headless and ExternalName Services are not proxied, so there is no value for them. */
export type Service = {
  readonly namespace: string;
  readonly name: string;
  /** `metadata.uid`, by which kubectl finds the Events of a Service; missing if the object is not from a cluster. */
  readonly uid?: string;
  /** `metadata.creationTimestamp` in ms since 1970; Infinity if the object has none, because it is not from a cluster. */
  readonly created: number;
  readonly type: "ClusterIP" | "NodePort" | "LoadBalancer";
  /** At most one of each family. */
  readonly clusterIPs: readonly Address[];
  readonly externalIPs: readonly Address[];
  /** `status.loadBalancer.ingress[].ip` with ipMode VIP: those that this proxy serves (KEP-1860). */
  readonly loadBalancerIPs: readonly Address[];
  /** Undefined: open to all. A list, even an empty one, restricts the load balancer IPs to it. */
  readonly loadBalancerSourceRanges: readonly CIDR[] | undefined;
  readonly externalTrafficPolicy: TrafficPolicy;
  readonly internalTrafficPolicy: TrafficPolicy;
  /** Undefined: sessionAffinity None. */
  readonly sessionAffinity: ClientIPAffinity | undefined;
  readonly healthCheckNodePort: Port | undefined;
  readonly ports: readonly ServicePort[];
  /** Missing if the Service has none of our annotations. */
  readonly annotations?: Annotations;
  /** For people: `app=web,tier=front`. Nothing is decided by them. */
  readonly labels?: string;
};

export type ClientIPAffinity = { readonly timeoutSeconds: number };

export type ServicePort = {
  /** Empty if the only port has no name. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: Port;
  readonly nodePort: Port | undefined;
  /** What the port is said to speak. Nothing is decided by it. */
  readonly appProtocol?: string;
};

export function serviceKey(service: Pick<Service, "namespace" | "name">): ObjectKey {
  return `${service.namespace}/${service.name}`;
}

/** `namespace/name:port`, or `namespace/name` if the port has no name: what people and Events call a service port. */
export function servicePortName(service: Service, port: ServicePort): string {
  return port.name === "" ? serviceKey(service) : `${serviceKey(service)}:${port.name}`;
}

/**
 * The order in which Services are served when they claim the same frontend: the oldest first, then by key.
 *
 * It depends on nothing that changes, so the winner stays the same until it is deleted.
 */
export function comparePrecedence(a: Service, b: Service): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1;
  return compareText(serviceKey(a), serviceKey(b));
}

/** Orders by code unit, independent of the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

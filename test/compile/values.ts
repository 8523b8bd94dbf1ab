import { planService } from "../../src/compile/plan/plan-service.ts";
import type { ServicePlan } from "../../src/compile/plan/service-plan.ts";
import type { Settings } from "../../src/compile/settings.ts";
import { type Address, address, addressFamily, type Family } from "../../src/model/address.ts";
import { type CIDR, cidr } from "../../src/model/cidr.ts";
import type { EndpointSlice } from "../../src/model/endpoint-slice.ts";
import { type Endpoint, type Endpoints, endpointAt, orderedEndpoints } from "../../src/model/endpoints.ts";
import { type Port, port } from "../../src/model/port.ts";
import type { Service, ServicePort } from "../../src/model/service.ts";

/** Values of the model for tests, from texts that must be right. */

export function ip(text: string): Address {
  return given(address(text), text);
}

export function ips(...texts: readonly string[]): readonly Address[] {
  return texts.map(ip);
}

export function networks(...texts: readonly string[]): readonly CIDR[] {
  return texts.map((text) => given(cidr(text), text));
}

export function portOf(number: number): Port {
  return given(port(number), String(number));
}

function given<T>(value: T | undefined, text: string): T {
  if (value === undefined) throw new Error(`${text} is not what it should be`);
  return value;
}

/** A ClusterIP Service `default/web` with port 80. */
export function service(fields: Partial<Service> = {}): Service {
  return {
    namespace: "default",
    name: "web",
    created: 1,
    type: "ClusterIP",
    clusterIPs: ips("10.96.0.10"),
    externalIPs: [],
    loadBalancerIPs: [],
    loadBalancerSourceRanges: undefined,
    externalTrafficPolicy: "Cluster",
    internalTrafficPolicy: "Cluster",
    sessionAffinity: undefined,
    healthCheckNodePort: undefined,
    ports: [servicePort()],
    ...fields,
  };
}

export function servicePort(fields: Partial<ServicePort> = {}): ServicePort {
  return { name: "", protocol: "tcp", port: portOf(80), nodePort: undefined, ...fields };
}

/** An endpoint that is ready on `node-1`. */
export function endpoint(text: string, fields: Partial<Endpoint> = {}): Endpoint {
  const conditions = { ready: true, serving: true, terminating: false };
  return { address: ip(text), ...conditions, nodeName: "node-1", zoneHints: [], nodeHints: [], ...fields };
}

/** A slice of `default/web` whose endpoints listen on 8080. */
export function slice(endpoints: readonly Endpoint[], fields: Partial<EndpointSlice> = {}): EndpointSlice {
  const [first] = endpoints;
  return {
    namespace: "default",
    name: "web-1",
    serviceName: "web",
    generation: 1,
    family: first === undefined ? "ip" : addressFamily(first.address),
    ports: [{ name: "", protocol: "tcp", port: portOf(8080) }],
    endpoints: orderedEndpoints(endpoints),
    ...fields,
  };
}

/** Endpoints as values of their own. */
export function endpointList(endpoints: Endpoints): readonly Endpoint[] {
  return endpoints.addresses.map((_, place) => endpointAt(endpoints, place));
}

/** The plan of a Service among slices of many. */
export function planAmong(
  service: Service,
  slices: readonly EndpointSlice[],
  settings: Settings,
  family: Family = "ip",
): ServicePlan {
  const own = slices.filter(
    ({ namespace, serviceName }) => namespace === service.namespace && serviceName === service.name,
  );
  return planService(service, own, family, settings);
}

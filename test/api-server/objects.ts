import type { KubernetesObject, Metadata } from "./store.ts";

/** A Service with a ClusterIP, made for tests of the API. */
export function service(name: string, metadata: Partial<Metadata> = {}, spec: object = {}): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", ...metadata },
    spec: { clusterIP: "10.96.0.10", clusterIPs: ["10.96.0.10"], ports: [{ port: 80, protocol: "TCP" }], ...spec },
  };
}

/** A slice of the Service of that name. */
export function endpointSlice(
  serviceName: string,
  addresses: readonly string[],
  metadata: Partial<Metadata> = {},
): KubernetesObject {
  const labels = { "kubernetes.io/service-name": serviceName, ...metadata.labels };
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${serviceName}-1`, namespace: "default", ...metadata, labels },
    addressType: "IPv4",
    ports: [{ name: "", port: 8080, protocol: "TCP" }],
    endpoints: addresses.map((address) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: "node-1",
    })),
  };
}

export function node(name: string): KubernetesObject {
  const addresses = [{ type: "InternalIP", address: "192.0.2.10" }];
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name },
    spec: { podCIDRs: ["10.244.1.0/24"] },
    status: { addresses },
  };
}

export function serviceCIDR(name: string, ...cidrs: readonly string[]): KubernetesObject {
  return { apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", metadata: { name }, spec: { cidrs } };
}

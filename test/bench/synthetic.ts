/** The size of a cluster. */
export type Size = { readonly services: number; readonly endpoints: number };

/** A cluster of ClusterIP Services as `kubectl get -o json` prints it, with as many endpoints each, spread over 500 nodes. */
export function syntheticList({ services, endpoints }: Size): string {
  const items: unknown[] = [];
  for (let index = 0; index < services; index++) {
    items.push(syntheticService(index), syntheticSlice(index, endpoints));
  }
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

export const syntheticNode = "node-1";

/** The pods' network, which holds the address of every endpoint. */
export const podCIDR = "10.128.0.0/9";

export function serviceName(index: number): { readonly namespace: string; readonly name: string } {
  return { namespace: `ns-${index % 50}`, name: `service-${index}` };
}

export function clusterIP(index: number): string {
  return `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

export function podIP(index: number): string {
  return `10.${128 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

export function syntheticService(index: number): unknown {
  const { namespace, name } = serviceName(index);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace, name, creationTimestamp: "2026-01-01T00:00:00Z", labels: { app: name } },
    spec: {
      type: "ClusterIP",
      clusterIP: clusterIP(index),
      clusterIPs: [clusterIP(index)],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      internalTrafficPolicy: "Cluster",
      sessionAffinity: "None",
      selector: { app: name },
      ports: [{ name: "http", protocol: "TCP", port: 80, targetPort: 8080 }],
    },
    status: { loadBalancer: {} },
  };
}

export function syntheticSlice(index: number, endpoints: number): unknown {
  const { namespace, name } = serviceName(index);
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { namespace, name: `${name}-abcde`, generation: 1, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
    endpoints: Array.from({ length: endpoints }, (_, slot) => {
      const pod = index * endpoints + slot;
      return {
        addresses: [podIP(pod)],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: `node-${pod % 500}`,
        targetRef: { kind: "Pod", namespace, name: `${name}-${slot}` },
      };
    }),
  };
}

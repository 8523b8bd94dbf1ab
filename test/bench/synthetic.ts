/** The size of a cluster. */
export type Size = { readonly services: number; readonly endpoints: number };

/** A ClusterIP Service of one port, and its endpoints. Services of one index are one Service at two times. */
export type SyntheticService = {
  readonly index: number;
  readonly protocol: "TCP" | "UDP";
  readonly isSticky: boolean;
  /** The numbers of its pods in the cluster, each of which has an address and a node. */
  readonly pods: readonly number[];
};

export const syntheticNode = "node-1";
const nodes = 500;

/** The pods' network, which holds the address of every endpoint. */
export const podCIDR = "10.128.0.0/9";

/** The port of a Service, and that of its endpoints. */
export const ports = { service: 80, endpoint: 8080 } as const;

/** Services with as many endpoints each, spread over 500 nodes. */
export function syntheticServices({ services, endpoints }: Size): readonly SyntheticService[] {
  return Array.from({ length: services }, (_, index) => ({
    index,
    protocol: "TCP",
    isSticky: false,
    pods: Array.from({ length: endpoints }, (_, slot) => index * endpoints + slot),
  }));
}

/** The Services as `kubectl get -o json` prints them. */
export function syntheticList(services: readonly SyntheticService[]): string {
  const items = services.flatMap((service) => [serviceObject(service), sliceObject(service)]);
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

export function serviceName(index: number): { readonly namespace: string; readonly name: string } {
  return { namespace: `ns-${index % 50}`, name: `service-${index}` };
}

export function clusterIP(index: number): string {
  return `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

export function podIP(pod: number): string {
  return `10.${128 + (pod >> 16)}.${(pod >> 8) & 255}.${pod & 255}`;
}

export function podNode(pod: number): string {
  return `node-${pod % nodes}`;
}

function serviceObject({ index, protocol, isSticky }: SyntheticService): unknown {
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
      sessionAffinity: isSticky ? "ClientIP" : "None",
      selector: { app: name },
      ports: [{ name: "http", protocol, port: ports.service, targetPort: ports.endpoint }],
    },
    status: { loadBalancer: {} },
  };
}

function sliceObject({ index, protocol, pods }: SyntheticService): unknown {
  const { namespace, name } = serviceName(index);
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { namespace, name: `${name}-abcde`, generation: 1, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ name: "http", protocol, port: ports.endpoint }],
    endpoints: pods.map((pod, slot) => ({
      addresses: [podIP(pod)],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: podNode(pod),
      targetRef: { kind: "Pod", namespace, name: `${name}-${slot}` },
    })),
  };
}

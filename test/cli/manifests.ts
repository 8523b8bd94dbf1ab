import { root } from "../golden/fixture.ts";

/** A configuration without warnings. */
export const config = `${root}/fixtures/config/cluster-cidr.yaml`;

export const node = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "node-1" },
  status: { addresses: [{ type: "InternalIP", address: "192.0.2.10" }] },
};

export function service(name: string, spec: object, metadata: object = {}): object {
  const defaults = { ports: [{ port: 80 }] };
  return { apiVersion: "v1", kind: "Service", metadata: { name, ...metadata }, spec: { ...defaults, ...spec } };
}

/** A slice of a Service with these endpoint addresses, on port 8080 of this node. */
export function slice(serviceName: string, addresses: readonly string[], fields: object = {}): object {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${serviceName}-1`, labels: { "kubernetes.io/service-name": serviceName } },
    addressType: "IPv4",
    ports: [{ port: 8080 }],
    endpoints: addresses.map((address) => ({ addresses: [address], nodeName: "node-1" })),
    ...fields,
  };
}

/** A Service with one frontend and two endpoints, and the Node that they are on. */
export const web: readonly object[] = [
  node,
  service("web", { clusterIP: "10.96.0.10" }),
  slice("web", ["10.244.1.11", "10.244.1.12"]),
];

export const stickyWeb: readonly object[] = [
  node,
  service("web", { clusterIP: "10.96.0.10", sessionAffinity: "ClientIP" }),
  slice("web", ["10.244.1.11", "10.244.1.12"]),
];

/** A Service as `web`, in both families and on a nodePort. */
export const dualStackWeb: readonly object[] = [
  {
    ...node,
    status: {
      addresses: [
        { type: "InternalIP", address: "192.0.2.10" },
        { type: "InternalIP", address: "2001:db8::10" },
      ],
    },
  },
  service("web", {
    clusterIP: "10.96.0.10",
    clusterIPs: ["10.96.0.10", "fd00:10:96::10"],
    type: "NodePort",
    ports: [{ name: "http", port: 80, nodePort: 30080 }],
  }),
  slice("web", ["10.244.1.11"], { ports: [{ name: "http", port: 8080 }] }),
  {
    ...slice("web", ["fd00:10:244::11"], { ports: [{ name: "http", port: 8080 }], addressType: "IPv6" }),
    metadata: { name: "web-2", labels: { "kubernetes.io/service-name": "web" } },
  },
];

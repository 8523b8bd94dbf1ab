import { endpointSlice, node, service, serviceCIDR } from "./objects.ts";
import type { KubernetesObject } from "./store.ts";

/** The size of a cluster. */
export type ClusterSize = {
  readonly services: number;
  readonly endpointsPerService: number;
  readonly nodes: number;
};

/** Services `service-0` and so on, each with its own ClusterIP and slices of up to 100 endpoints, spread over the nodes. */
export function* generateCluster({ services, endpointsPerService, nodes }: ClusterSize): Generator<KubernetesObject> {
  yield serviceCIDR("kubernetes", "10.96.0.0/12");
  for (let index = 0; index < nodes; index++) yield node(`node-${index}`);
  for (let index = 0; index < services; index++) yield generateService(index);
  for (let index = 0; index < services; index++) {
    const first = index * endpointsPerService;
    for (let from = 0; from < endpointsPerService; from += sliceSize) {
      const count = Math.min(sliceSize, endpointsPerService - from);
      yield generateSlice(index, from / sliceSize, first + from, count, nodes);
    }
  }
}

const sliceSize = 100;

export function generateService(index: number): KubernetesObject {
  const clusterIP = ipv4(0x0a600000 + 10 + index);
  return service(
    `service-${index}`,
    {},
    { clusterIP, clusterIPs: [clusterIP], ipFamilies: ["IPv4"], type: "ClusterIP" },
  );
}

/** One of a Service's slices, whose endpoints have the addresses 10.128.0.0 + `first` and so on. */
export function generateSlice(
  serviceIndex: number,
  sliceIndex: number,
  first: number,
  count: number,
  nodes: number,
): KubernetesObject {
  const addresses = Array.from({ length: count }, (_, index) => ipv4(0x0a800000 + first + index));
  const name = `service-${serviceIndex}`;
  const slice = endpointSlice(name, addresses, { name: `${name}-${sliceIndex}` });
  const endpoints = addresses.map((address, index) => ({
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node-${(first + index) % Math.max(nodes, 1)}`,
    zone: "zone-a",
    targetRef: {
      kind: "Pod",
      namespace: "default",
      name: `${name}-${first + index}`,
      uid: `00000000-${first + index}`,
    },
  }));
  return { ...slice, endpoints };
}

/** The address of a number. */
export function ipv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
}

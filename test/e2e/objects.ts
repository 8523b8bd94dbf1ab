import { endpointSlice, service as serviceObject } from "../api-server/objects.ts";
import type { KubernetesObject } from "../api-server/store.ts";
import { addresses, node as labNode, type Place } from "../lab/world.ts";

/** The Node on which the agent runs, as the lab created it. */
export function labNodeObject(labels: Readonly<Record<string, string>> = {}): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: labNode.name, labels },
    spec: { podCIDRs: labNode.podCIDRs },
    status: { addresses: [labNode.ipv4, labNode.ipv6].map((address) => ({ type: "InternalIP", address })) },
  };
}

/** A Service on TCP port 80 of 10.96.0.`last`. */
export function service(name: string, last: number, spec: object = {}): KubernetesObject {
  const clusterIP = `10.96.0.${last}`;
  return serviceObject(name, {}, { clusterIP, clusterIPs: [clusterIP], ...spec });
}

/** The slice of a Service whose endpoints are port 8080 of these pods. */
export function slice(name: string, pods: readonly Place[], fields: object = {}): KubernetesObject {
  const ips = pods.map((pod) => addresses[pod][0] ?? "");
  return { ...endpointSlice(name, ips), ...fields };
}

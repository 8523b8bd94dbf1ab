import type { KubernetesObject } from "../../api-server/store.ts";
import { addresses, familyOf } from "../../lab/world.ts";
import { type NodeHost, nodeNames } from "../node.ts";

export function nodeObject(host: NodeHost, labels: Readonly<Record<string, string>> = {}): KubernetesObject {
  const own = addresses[host];
  const internal = [4, 6].map((family) => own.find((address) => familyOf(address) === family) ?? "");
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: nodeNames[host], labels },
    status: { addresses: internal.map((address) => ({ type: "InternalIP", address })) },
  };
}

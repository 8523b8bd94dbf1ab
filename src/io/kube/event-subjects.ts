import type { Service } from "../../model/service.ts";
import type { ObjectReference } from "./event.ts";

/** What an Event about a Service refers to. `kubectl describe` looks for Events by uid. */
export function serviceReference({
  namespace,
  name,
  uid,
}: Pick<Service, "namespace" | "name" | "uid">): ObjectReference {
  return { apiVersion: "v1", kind: "Service", namespace, name, ...(uid === undefined ? {} : { uid }) };
}

/** What an Event about a Node refers to. kubelet, kube-proxy and `kubectl describe` use its name as the uid. */
export function nodeReference(name: string): ObjectReference {
  return { apiVersion: "v1", kind: "Node", name, uid: name };
}

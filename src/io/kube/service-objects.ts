import type { KindedObject } from "../../decode/objects.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { Connection } from "./connection.ts";
import { readList } from "./list.ts";
import { endpointSlices, type Resource, services } from "./resources.ts";

/**
 * One Service and its EndpointSlices from the API server's cache, including those that no service proxy serves. Throws a
 * KubeError.
 */
export async function serviceObjects(
  connection: Connection,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<readonly KindedObject[]> {
  const [namespace = "", name = ""] = key.split("/");
  const { apiVersion, kind, path } = services;
  const [service, slices]: readonly Resource[] = [
    // They have names of their own, as refused selectors are remembered by name.
    { name: "service", apiVersion, kind, path: within(namespace, path), fieldSelector: `metadata.name=${name}` },
    {
      ...endpointSlices,
      path: within(namespace, endpointSlices.path),
      labelSelector: `kubernetes.io/service-name=${name}`,
    },
  ];
  const found = await Promise.all([service, slices].map((each) => each && list(connection, each, signal)));
  return found.flatMap((objects = []) => objects);
}

/** The path of a resource in one namespace. */
export function within(namespace: string, path: string): string {
  return path.replace(/[^/]+$/, (last) => `namespaces/${encodeURIComponent(namespace)}/${last}`);
}

export async function list(
  connection: Connection,
  resource: Resource,
  signal: AbortSignal,
): Promise<readonly KindedObject[]> {
  const { apiVersion, kind } = resource;
  let objects: KindedObject[] = [];
  await readList(connection, resource, {
    wants: "whole",
    resourceVersion: "0",
    signal,
    onItem: (object) => objects.push({ apiVersion, kind, object }),
    onMalformed: () => undefined,
    onRestart: () => {
      objects = [];
    },
  });
  return objects;
}

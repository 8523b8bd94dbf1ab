import type { World } from "../ask/world.ts";
import { isUsableSomewhere } from "../compile/plan/topology.ts";
import type { KindedObject } from "../decode/objects.ts";
import { podDetails } from "../decode/service-details.ts";
import { type ObjectKey, serviceKey } from "../model/service.ts";
import type { Asked } from "./worlds.ts";

/**
 * From a live cluster, what explains why Services have no endpoints, or no ready ones: their pods, and the workloads of
 * their namespaces.
 */
export async function relatedObjects(
  { origin, worlds, objects }: Asked,
  isOfInterest: (service: ObjectKey) => boolean = () => true,
): Promise<readonly KindedObject[]> {
  if (origin.kind !== "cluster") return [];
  const wanted = relatedTo(worlds, objects, isOfInterest);
  const { relatedObjects: read } = await import("../io/kube/related-objects.ts");
  return read(origin.connection, wanted, AbortSignal.timeout(10_000));
}

function relatedTo(
  worlds: readonly World[],
  objects: readonly KindedObject[],
  isOfInterest: (service: ObjectKey) => boolean,
) {
  const details = podDetails(objects);
  const pods = new Map<string, { readonly namespace: string; readonly name: string }>();
  const namespaces = new Set<string>();
  for (const { service, ports } of worlds.flatMap(({ plans }) => [...plans.plans])) {
    if (!isOfInterest(serviceKey(service))) continue;
    for (const { endpoints } of ports) {
      const { namespace } = service;
      const [first] = endpoints.addresses;
      const name = first && details.get(first)?.pod;
      if (first === undefined) namespaces.add(namespace);
      else if (name !== undefined && !endpoints.states.some(isUsableSomewhere))
        pods.set(`${namespace}/${name}`, { namespace, name });
    }
  }
  return { pods: [...pods.values()].slice(0, mostPods), namespaces: [...namespaces].slice(0, mostNamespaces) };
}

/** There may be thousands: the first ones are enough to find the reason. */
const mostPods = 20;
const mostNamespaces = 10;

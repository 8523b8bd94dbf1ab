import type { Address } from "./address.ts";
import type { CIDR } from "./cidr.ts";
import type { EndpointSlice } from "./endpoint-slice.ts";
import type { Node } from "./node.ts";
import { type ObjectKey, type Service, serviceKey } from "./service.ts";

/** Everything that a node's ruleset depends on, except the configuration. */
export type Cluster = {
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly nodes: readonly Node[];
  readonly serviceCIDRs: readonly CIDR[];
  /** The ClusterIPs of Services that another proxy serves; none where unset. */
  readonly otherClusterIPs?: readonly Address[];
};

/** The slices of each Service, by the Service's key. */
export function slicesByService(slices: readonly EndpointSlice[]): ReadonlyMap<ObjectKey, readonly EndpointSlice[]> {
  const byService = new Map<ObjectKey, EndpointSlice[]>();
  for (const slice of slices) {
    const key = serviceKey({ namespace: slice.namespace, name: slice.serviceName });
    const siblings = byService.get(key);
    if (siblings) siblings.push(slice);
    else byService.set(key, [slice]);
  }
  return byService;
}

import { portEndpoints } from "../../compile/endpoints.ts";
import { effectiveExternalTrafficPolicy, isExternal, portFrontends } from "../../compile/frontends.ts";
import { usableEndpoints } from "../../compile/topology.ts";
import { addressFamily, type Family } from "../../model/address.ts";
import type { EndpointSlice } from "../../model/endpoint-slice.ts";
import type { ObjectKey, Service } from "../../model/service.ts";

/** How many service ports with a traffic policy Local have usable endpoints, but none on this node. */
export type NoLocalEndpoints = { readonly internal: number; readonly external: number };

/** Of one Service. Its ports count as external where they have an external frontend. */
export function noLocalEndpoints(
  service: Service,
  slices: readonly EndpointSlice[],
  family: Family,
  nodeName: string,
): NoLocalEndpoints {
  const policies = { internal: service.internalTrafficPolicy, external: effectiveExternalTrafficPolicy(service) };
  const counts = { internal: 0, external: 0 };
  if (policies.internal !== "Local" && policies.external !== "Local") return counts;
  if (!service.clusterIPs.some((ip) => addressFamily(ip) === family)) return counts;
  for (const port of service.ports) {
    const hasExternal = portFrontends(service, port, family).some(isExternal);
    const { destinations } = portEndpoints(port, family, slices, nodeName);
    const location = { nodeName, zone: undefined };
    const usable = usableEndpoints(destinations, { ...policies, isExternal: hasExternal }, location);
    if (!usable.existAnywhere || usable.local.length > 0) continue;
    if (policies.internal === "Local") counts.internal += 1;
    if (policies.external === "Local" && hasExternal) counts.external += 1;
  }
  return counts;
}

/** The sum over all Services, kept up to date Service by Service. */
export class NoLocalEndpointsTotal {
  readonly #services = new Map<ObjectKey, NoLocalEndpoints>();
  #total: NoLocalEndpoints = { internal: 0, external: 0 };

  get total(): NoLocalEndpoints {
    return this.#total;
  }

  /** Undefined where there is no such Service any more. */
  setService(key: ObjectKey, counts: NoLocalEndpoints | undefined): void {
    const before = this.#services.get(key) ?? none;
    const after = counts ?? none;
    if (after.internal + after.external > 0) this.#services.set(key, after);
    else this.#services.delete(key);
    this.#total = {
      internal: this.#total.internal - before.internal + after.internal,
      external: this.#total.external - before.external + after.external,
    };
  }
}

const none: NoLocalEndpoints = { internal: 0, external: 0 };

import { isExternal } from "../../compile/plan/frontends.ts";
import { hasEndpoints, type ServicePlan } from "../../compile/plan/service-plan.ts";
import type { ObjectKey } from "../../model/service.ts";

/** How many service ports with a traffic policy Local have usable endpoints, but none on this node. */
export type NoLocalEndpoints = { readonly internal: number; readonly external: number };

/** The count for one Service. Its ports count as external if they have an external frontend. */
export function noLocalEndpoints({ ports }: ServicePlan): NoLocalEndpoints {
  const counts = { internal: 0, external: 0 };
  for (const port of ports) {
    const dropped = port.frontends.filter(({ outsiders, whenEmpty }) => outsiders === "local" && whenEmpty === "drop");
    if (dropped.length === 0 || hasEndpoints(port, "local")) continue;
    if (dropped.some(({ frontend }) => !isExternal(frontend))) counts.internal += 1;
    if (dropped.some(({ frontend }) => isExternal(frontend))) counts.external += 1;
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

  /** Undefined if the Service is gone. */
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

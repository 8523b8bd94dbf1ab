import type { FrontendPlan, PlanChange, ServicePlan } from "../../compile/plan/service-plan.ts";
import type { ObjectKey } from "../../model/service.ts";

/** How many Services have no usable endpoint on any node: those that are known to have had one, and the others. */
export type WithoutEndpoints = { readonly had: number; readonly never: number };

/** Tracks the Services of a family that have no usable endpoint on any node. */
export class ServicesWithoutEndpoints {
  readonly #services = new Map<ObjectKey, keyof WithoutEndpoints>();
  #count: WithoutEndpoints = { had: 0, never: 0 };

  get count(): WithoutEndpoints {
    return this.#count;
  }

  /** Those that have had one. */
  had(): Iterable<ObjectKey> {
    return this.#those("had");
  }

  /** The others. */
  never(): Iterable<ObjectKey> {
    return this.#those("never");
  }

  *#those(wanted: keyof WithoutEndpoints): Generator<ObjectKey> {
    for (const [service, state] of this.#services) if (state === wanted) yield service;
  }

  update(service: ObjectKey, { before, after }: PlanChange): void {
    const known = this.#services.get(service);
    const state = after && isWithout(after) ? (known ?? (before && !isWithout(before) ? "had" : "never")) : undefined;
    if (state === known) return;
    const counts = { ...this.#count };
    if (known !== undefined) counts[known] -= 1;
    if (state !== undefined) counts[state] += 1;
    this.#count = counts;
    if (state === undefined) this.#services.delete(service);
    else this.#services.set(service, state);
  }
}

/** A frontend refuses if there is no endpoint on any node. */
function isWithout({ ports }: ServicePlan): boolean {
  const frontends = ports.flatMap((port) => port.frontends);
  const isAny = (fate: FrontendPlan["whenEmpty"]) => frontends.some(({ whenEmpty }) => whenEmpty === fate);
  return isAny("refuse") && !isAny("drop");
}

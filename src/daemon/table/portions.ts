import type { ServicePlan } from "../../compile/plan/service-plan.ts";
import { type Portion, portion } from "../../compile/table/portion.ts";
import type { ServiceTable } from "../../compile/table/service-table.ts";
import type { ObjectKey } from "../../model/service.ts";

/** The plans that are applied in portions, over several rounds, so that changes of other Services go in between. */
export class Portions {
  readonly #state: Pick<ServiceTable, "wanted">;
  readonly #targets = new Map<ObjectKey, ServicePlan | undefined>();

  constructor(state: Pick<ServiceTable, "wanted">) {
    this.#state = state;
  }

  /** The Services that are not fully applied, those that have waited longest first. */
  get waiting(): readonly ObjectKey[] {
    return [...this.#targets.keys()];
  }

  /** Continues with a waiting Service. */
  next(service: ObjectKey, room: number): Portion {
    return this.take(service, this.#targets.get(service), room);
  }

  /** A Service has changed, or must be planned again. */
  forget(service: ObjectKey): void {
    this.#targets.delete(service);
  }

  /** The next step to a plan that changes about as many elements as there is room for. */
  take(service: ObjectKey, target: ServicePlan | undefined, room: number): Portion {
    const step = portion(this.#state.wanted(service), target, room);
    this.#targets.delete(service);
    if (!step.isWhole) this.#targets.set(service, target);
    return step;
  }
}

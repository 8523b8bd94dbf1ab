import type { ServicePlan } from "../../compile/plan/service-plan.ts";
import type { Portion } from "../../compile/table/portion.ts";
import type { ServiceTable } from "../../compile/table/service-table.ts";
import type { ObjectKey } from "../../model/service.ts";
import { Portions } from "./portions.ts";
import type { SetAside } from "./set-aside.ts";

/** A reconciler's handling of the Services that it takes up. */
export type Intake = {
  readonly isGone: (service: ObjectKey) => boolean;
  /** May throw. */
  readonly plan: (service: ObjectKey) => ServicePlan | undefined;
  readonly set: (service: ObjectKey, plan: ServicePlan | undefined) => void;
  readonly failed: (service: ObjectKey, error: unknown) => void;
};

/** The Services whose changes are not in the table yet. */
export class Backlog {
  readonly #setAside: SetAside<ObjectKey>;
  readonly #portions: Portions;
  #changed = new Set<ObjectKey>();

  constructor(state: Pick<ServiceTable, "wanted">, setAside: SetAside<ObjectKey>) {
    this.#setAside = setAside;
    this.#portions = new Portions(state);
  }

  get size(): number {
    return this.#changed.size + this.#portions.waiting.length;
  }

  /** A Service has changed, or must be planned again. */
  add(service: ObjectKey): void {
    this.#changed.add(service);
    this.forget(service);
  }

  /** The rest of a change must not be applied. */
  forget(service: ObjectKey): void {
    this.#portions.forget(service);
  }

  /**
   * Takes up as much as there is room for. The rest waits for the next round, after Services that change until then.
   *
   * @returns the only Service of the round, if that Service has been expensive for the others
   */
  take(most: number, { isGone, plan, set, failed }: Intake): ObjectKey | undefined {
    const { now, later, costly } = this.#setAside.choose([...this.#changed], isGone);
    this.#changed = new Set(later);
    let room = most;
    const use = (service: ObjectKey, portion: Portion) => {
      set(service, portion.plan);
      room -= portion.cost;
    };
    for (const service of now) {
      if (room <= 0) {
        this.#changed.add(service);
        continue;
      }
      this.#setAside.tryAgain(service);
      let target: ServicePlan | undefined;
      try {
        target = plan(service);
      } catch (error) {
        failed(service, error);
        continue;
      }
      use(service, this.#portions.take(service, target, room));
    }
    for (const service of costly === undefined ? this.#portions.waiting : []) {
      if (room > 0) use(service, this.#portions.next(service, room));
    }
    return costly;
  }
}

import type { Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";

/**
 * When the triggers of changes of slices happened, according to the slices, until the changes are in the rules.
 *
 * A slice keeps the time of its last change forever, so times before this process started to watch are ignored.
 */
export class TriggerTimes {
  readonly #began: number;
  readonly #times = new Map<string, Set<number>>();

  /** Milliseconds since 1970. */
  constructor(began: number) {
    this.#began = began;
  }

  /** A slice of a Service was added or changed, with a trigger at this time. */
  changed(service: ObjectKey, family: Family, triggered: number | undefined): void {
    if (triggered === undefined || triggered < this.#began) return;
    const key = `${family} ${service}`;
    const times = this.#times.get(key) ?? new Set<number>();
    this.#times.set(key, times);
    if (times.size < most) times.add(triggered);
  }

  /** Removes and returns the times of the Services that are now in the family's rules. */
  take(services: Iterable<ObjectKey>, family: Family): readonly number[] {
    const taken: number[] = [];
    for (const service of services) {
      const key = `${family} ${service}`;
      taken.push(...(this.#times.get(key) ?? []));
      this.#times.delete(key);
    }
    return taken;
  }
}

/** While no round succeeds, changes may accumulate without end. */
const most = 1000;

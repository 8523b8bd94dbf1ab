import type { ObjectKey } from "../../model/service.ts";
import { type Backoff, backoff } from "../backoff.ts";

const betweenTries: Backoff = { first: 30_000, longest: 600_000 };

/** The Services that nft refused. Each is tried again when it changes, and after a pause that grows. */
export class SetAside {
  readonly #random: () => number;
  readonly #services = new Map<ObjectKey, { readonly refusals: number; isTried: boolean }>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /**
   * Returns the milliseconds after which the Service is due, and what then tells whether it still waits. The time on
   * the clock does not count: alarms come a little early, and clocks are set back.
   */
  add(service: ObjectKey): { readonly pause: number; readonly stillWaits: () => boolean } {
    const entry = { refusals: (this.#services.get(service)?.refusals ?? 0) + 1, isTried: false };
    this.#services.set(service, entry);
    const pause = backoff(entry.refusals, betweenTries, this.#random);
    return { pause, stillWaits: () => this.#services.get(service) === entry && !entry.isTried };
  }

  /** The Service takes part in the next transaction. */
  tryAgain(service: ObjectKey): void {
    const entry = this.#services.get(service);
    if (entry) entry.isTried = true;
  }

  /** The transaction went well: those that took part in it are set aside no longer. */
  takeRestored(): readonly ObjectKey[] {
    const restored = [...this.#services].flatMap(([service, { isTried }]) => (isTried ? [service] : []));
    for (const service of restored) this.#services.delete(service);
    return restored;
  }
}

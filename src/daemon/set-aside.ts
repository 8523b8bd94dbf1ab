import type { ObjectKey } from "../model/service.ts";
import type { Clock } from "./pacer.ts";

/** The Services that nft refused. Each is tried again: when it changes, and after a time that grows from 30 s to 10 min. */
export class SetAside {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #services = new Map<ObjectKey, { refusals: number; due: number; isTried: boolean }>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Returns the milliseconds until the Service is due. */
  add(service: ObjectKey): number {
    const refusals = (this.#services.get(service)?.refusals ?? 0) + 1;
    const pause = Math.min(600_000, 30_000 * 2 ** Math.min(refusals - 1, 10)) * (0.75 + this.#random() / 2);
    this.#services.set(service, { refusals, due: this.#clock.now() + pause, isTried: false });
    return pause;
  }

  /** Whether the Service waits, and has waited long enough. */
  isDue(service: ObjectKey): boolean {
    const entry = this.#services.get(service);
    return entry !== undefined && !entry.isTried && entry.due <= this.#clock.now();
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

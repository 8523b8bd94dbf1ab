import { comparePrecedence, type ObjectKey, type Service, serviceKey } from "../../model/service.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import { Sorted } from "./sorted.ts";

const minutes = 60;
const hours = 60 * minutes;

/** In seconds: these are always kept exactly. */
export const commonTimeouts: readonly number[] = [
  ...[1, 2, 5, 10, 20, 30],
  ...[1, 2, 3, 5, 10, 15, 20, 30, 45].map((count) => count * minutes),
  ...[1, 1.5, 2, 3, 4, 6, 8, 12, 18, 24].map((count) => count * hours),
];

const isCommon: ReadonlySet<number> = new Set(commonTimeouts);

type Timeout = { readonly seconds: number; readonly services: Sorted<Service>; readonly first: Service };

/**
 * The timeouts of session affinity. Each needs its own chains, because a rule cannot read it from a map, and a table with
 * thousands of chains is slow to change. So only some uncommon ones are exact, by the age of the oldest Service that uses
 * one. All others are rounded up to a common one.
 */
export class AffinityTimeouts {
  #limit: number;
  readonly #timeouts = new Map<number, Timeout>();
  readonly #order = new Sorted<Timeout>((a, b) => comparePrecedence(a.first, b.first));
  #exact: ReadonlySet<number> = new Set();

  constructor(limit: number) {
    this.#limit = limit;
  }

  setLimit(limit: number): void {
    this.#limit = limit;
    this.#exact = this.#first();
  }

  /** Replaces the plan of a Service, and returns the Services whose timeout changes. */
  replace(old: ServicePlan | undefined, plan: ServicePlan | undefined): Iterable<ObjectKey> {
    const [before, after] = [uncommonTimeout(old), uncommonTimeout(plan)];
    if (before === undefined && after === undefined) return [];
    if (old !== undefined && before !== undefined) this.#change(before, (services) => services.delete(old.service));
    if (plan !== undefined && after !== undefined) this.#change(after, (services) => services.add(plan.service));
    const were = this.#exact;
    this.#exact = this.#first();
    const moved = [...were, ...this.#exact].filter((seconds) => were.has(seconds) !== this.#exact.has(seconds));
    return moved.flatMap((seconds) => this.#timeouts.get(seconds)?.services.items.map(serviceKey) ?? []);
  }

  /** The actual timeout for a requested one. */
  of(seconds: number): number {
    return isCommon.has(seconds) || this.#exact.has(seconds)
      ? seconds
      : (commonTimeouts.find((each) => each >= seconds) ?? seconds);
  }

  #first(): ReadonlySet<number> {
    return new Set(this.#order.items.slice(0, this.#limit).map(({ seconds }) => seconds));
  }

  #change(seconds: number, change: (services: Sorted<Service>) => unknown): void {
    const known = this.#timeouts.get(seconds);
    if (known !== undefined) this.#order.delete(known);
    const services = known?.services ?? new Sorted<Service>(comparePrecedence);
    change(services);
    const [first] = services.items;
    if (first === undefined) {
      this.#timeouts.delete(seconds);
      return;
    }
    const timeout = { seconds, services, first };
    this.#timeouts.set(seconds, timeout);
    this.#order.add(timeout);
  }
}

function uncommonTimeout(plan: ServicePlan | undefined): number | undefined {
  const seconds = plan?.clusterIP === undefined ? undefined : plan.service.sessionAffinity?.timeoutSeconds;
  return seconds === undefined || isCommon.has(seconds) ? undefined : seconds;
}

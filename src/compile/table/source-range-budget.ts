import { comparePrecedence, type ObjectKey, type Service, serviceKey } from "../../model/service.ts";
import { Sorted } from "./sorted.ts";

type Claim = { readonly service: Service; readonly count: number };

/**
 * Distributes the source ranges that a table may have: the oldest Services get theirs, as long as the total is within the
 * limit. Which ones exceed it depends only on their age, not on the order of arrival.
 */
export class SourceRangeBudget {
  #limit: number;
  readonly #claims = new Map<ObjectKey, Claim>();
  readonly #order = new Sorted<Claim>((a, b) => comparePrecedence(a.service, b.service));
  /** The number of claims within the limit, from the oldest, and their total. */
  #within = 0;
  #sum = 0;
  #moved = new Set<ObjectKey>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  setLimit(limit: number): void {
    this.#limit = limit;
    this.#settle();
    this.#moved = new Set();
  }

  /** Sets how many a Service has now, and returns the Services that are newly within the limit or newly beyond it. */
  replace(key: ObjectKey, service: Service | undefined, count: number): Iterable<ObjectKey> {
    const old = this.#claims.get(key);
    if (old === undefined && count === 0) return [];
    if (old !== undefined && this.#order.delete(old) < this.#within) {
      this.#within -= 1;
      this.#sum -= old.count;
    }
    this.#claims.delete(key);
    if (service !== undefined && count > 0) {
      const claim = { service, count };
      this.#claims.set(key, claim);
      if (this.#order.add(claim) < this.#within) {
        this.#within += 1;
        this.#sum += count;
      }
    }
    this.#settle();
    const moved = this.#moved;
    this.#moved = new Set();
    return moved;
  }

  isWithin(service: Service): boolean {
    const claim = this.#claims.size === 0 ? undefined : this.#claims.get(serviceKey(service));
    return claim === undefined || this.#isBefore(claim);
  }

  #isBefore({ service }: Claim): boolean {
    const first = this.#order.items[this.#within];
    return first === undefined || comparePrecedence(service, first.service) < 0;
  }

  #settle(): void {
    const { items } = this.#order;
    for (let last = items[this.#within - 1]; last && this.#sum > this.#limit; last = items[this.#within - 1]) {
      this.#within -= 1;
      this.#sum -= last.count;
      this.#moved.add(serviceKey(last.service));
    }
    for (let next = items[this.#within]; next && this.#sum + next.count <= this.#limit; next = items[this.#within]) {
      this.#within += 1;
      this.#sum += next.count;
      this.#moved.add(serviceKey(next.service));
    }
  }
}

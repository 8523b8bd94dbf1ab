import type { Address, Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import { restrictedPlan } from "../plan/restricted-plan.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { Settings } from "../settings.ts";
import { AffinityTimeouts } from "./affinity-timeouts.ts";
import { ClusterIPClaims } from "./cluster-ip-claims.ts";
import { SourceRangeBudget } from "./source-range-budget.ts";

/**
 * What Services in one table leave to each other. It depends on which there are, and never on the order in which they
 * came; and a change costs what it makes different.
 */
export class Restrictions {
  readonly #family: Family;
  readonly #clusterIPs = new ClusterIPClaims();
  readonly #ranges: SourceRangeBudget;
  readonly #timeouts: AffinityTimeouts;
  #settings: Settings;

  constructor(family: Family, settings: Settings) {
    this.#family = family;
    this.#settings = settings;
    this.#ranges = new SourceRangeBudget(settings.tableSourceRangeLimit);
    this.#timeouts = new AffinityTimeouts(this.#timeoutLimit());
  }

  /** All Services are to be set anew where a limit is another. */
  setSettings(settings: Settings): void {
    this.#settings = settings;
    this.#ranges.setLimit(settings.tableSourceRangeLimit);
    this.#timeouts.setLimit(this.#timeoutLimit());
  }

  /** Takes a plan in place of another of the Service, and returns all other Services that are to be planned anew. */
  replace(key: ObjectKey, old: ServicePlan | undefined, plan: ServicePlan | undefined): ReadonlySet<ObjectKey> {
    const others = new Set([
      ...this.#clusterIPs.replace(key, old, plan),
      ...this.#ranges.replace(key, plan),
      ...this.#timeouts.replace(old, plan),
    ]);
    others.delete(key);
    return others;
  }

  /** Whether a Service wants an address as an external or load balancer IP. */
  isClaimed(address: Address): boolean {
    return this.#clusterIPs.isClaimed(address);
  }

  /** The Service whose ClusterIP an address is. */
  clusterIPOwner(address: Address): ObjectKey | undefined {
    return this.#clusterIPs.ownerOf(address);
  }

  /** A plan as it is beside those of the others. */
  restricted(plan: ServicePlan): ServicePlan {
    return restrictedPlan(plan, {
      clusterIPOwner: (address) => this.#clusterIPs.ownerOf(address),
      sourceRangeLimit: this.#ranges.isWithin(plan) ? undefined : this.#settings.tableSourceRangeLimit,
      timeoutSeconds: (seconds) => this.#timeouts.of(seconds),
    });
  }

  /** Where clients are not remembered, no time-out takes a chain. */
  #timeoutLimit(): number {
    const { affinityTimeoutLimit, families } = this.#settings;
    return families[this.#family].affinity === "remember" ? affinityTimeoutLimit : Number.POSITIVE_INFINITY;
  }
}

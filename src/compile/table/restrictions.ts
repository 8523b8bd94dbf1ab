import type { Address, Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { PortRange } from "../../nft/ruleset.ts";
import type { PlanProblem } from "../plan/problems.ts";
import { restrictedPlan } from "../plan/restricted-plan.ts";
import type { FrontendPlan, ServicePlan } from "../plan/service-plan.ts";
import type { Settings } from "../settings.ts";
import { AffinityTimeouts } from "./affinity-timeouts.ts";
import { ClusterIPClaims } from "./cluster-ip-claims.ts";
import { SourcePorts } from "./source-ports.ts";
import { SourceRangeBudget } from "./source-range-budget.ts";

/**
 * The restrictions of Services in one table by each other. They depend on which Services exist, and never on the order of
 * arrival; the cost of a change is that of its effects.
 */
export class Restrictions {
  readonly #family: Family;
  readonly #clusterIPs = new ClusterIPClaims();
  readonly #sourcePorts = new SourcePorts();
  readonly #ranges: SourceRangeBudget;
  readonly #timeouts: AffinityTimeouts;
  #settings: Settings;

  constructor(family: Family, settings: Settings) {
    this.#family = family;
    this.#settings = settings;
    this.#ranges = new SourceRangeBudget(settings.tableSourceRangeLimit);
    this.#timeouts = new AffinityTimeouts(this.#timeoutLimit());
  }

  /** All Services must be set again afterwards if a limit differs. */
  setSettings(settings: Settings): void {
    this.#settings = settings;
    this.#ranges.setLimit(settings.tableSourceRangeLimit);
    this.#timeouts.setLimit(this.#timeoutLimit());
  }

  /**
   * The same with a plan's ClusterIP, to be called first, and the Services that claim it. These can wait: until then, a
   * ClusterIP still takes precedence. There may be many.
   */
  replaceClusterIP(key: ObjectKey, old: ServicePlan | undefined, plan: ServicePlan | undefined): readonly ObjectKey[] {
    return this.#clusterIPs.replace(key, old, plan);
  }

  /** Replaces a plan of the Service, and returns all other Services that have to be planned again. */
  replace(key: ObjectKey, old: ServicePlan | undefined, plan: ServicePlan | undefined): ReadonlySet<ObjectKey> {
    const others = [...this.#timeouts.replace(old, plan)];
    for (const [service, counted] of this.#sourcePorts.replace(key, old, plan)) {
      others.push(service, ...this.#countRanges(service, counted));
    }
    others.push(...this.#countRanges(key, plan));
    return others.length === 0 ? nobody : new Set(others.filter((each) => each !== key));
  }

  /** Whether a Service wants an address as an external or load balancer IP. */
  isClaimed(address: Address): boolean {
    return this.#clusterIPs.isClaimed(address);
  }

  /** The Service whose ClusterIP an address is. */
  clusterIPOwner(address: Address): ObjectKey | undefined {
    return this.#clusterIPs.ownerOf(address);
  }

  /** A plan with the restrictions because of others. */
  restricted(plan: ServicePlan): ServicePlan {
    const { externalIPs, loadBalancerIPs, sessionAffinity, annotations } = plan.service;
    const isPlain = externalIPs.length + loadBalancerIPs.length === 0 && annotations === undefined;
    // Most Services want nothing that another may have.
    if (isPlain && sessionAffinity === undefined) return plan;
    return restrictedPlan(plan, {
      clusterIPOwner: (address) => this.#clusterIPs.ownerOf(address),
      sourceRanges: this.#rangeProblem(plan),
      timeoutSeconds: (seconds) => this.#timeouts.of(seconds),
    });
  }

  /** The frontends whose elements name source ranges, and for which ports. */
  sourcePorts(plan: ServicePlan): ReadonlyMap<FrontendPlan, PortRange> {
    return this.#sourcePorts.of(plan);
  }

  #countRanges(key: ObjectKey, plan: ServicePlan | undefined): Iterable<ObjectKey> {
    const count = plan === undefined ? 0 : this.#rangeCount(plan);
    return this.#ranges.replace(key, plan?.service, count > this.#settings.sourceRangeLimit ? 0 : count);
  }

  #rangeCount(plan: ServicePlan): number {
    let count = 0;
    for (const { sources = [] } of this.#sourcePorts.of(plan).keys()) count += sources.length;
    if (plan.service.annotations?.denySourceRanges === undefined) return count;
    for (const { frontends } of plan.ports) for (const { denied } of frontends) count += denied.length;
    return count;
  }

  #rangeProblem(plan: ServicePlan): PlanProblem | undefined {
    const { sourceRangeLimit, tableSourceRangeLimit } = this.#settings;
    const { service, family } = plan;
    const count = this.#rangeCount(plan);
    if (count > sourceRangeLimit) return { kind: "tooManySourceRanges", family, count, limit: sourceRangeLimit };
    if (this.#ranges.isWithin(service)) return undefined;
    return { kind: "sourceRangesOfOthers", family, limit: tableSourceRangeLimit };
  }

  /** If clients are not remembered, no timeout needs a chain. */
  #timeoutLimit(): number {
    const { affinityTimeoutLimit, families } = this.#settings;
    return families[this.#family].affinity === "remember" ? affinityTimeoutLimit : Number.POSITIVE_INFINITY;
  }
}

/** Most Services make no difference to others. */
const nobody: ReadonlySet<ObjectKey> = new Set();

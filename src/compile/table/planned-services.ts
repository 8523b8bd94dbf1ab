import type { Address, Family } from "../../model/address.ts";
import { compareText, type ObjectKey } from "../../model/service.ts";
import { frontendsOfPort, type PlannedFrontend } from "../lower/planned-frontend.ts";
import type { PortPlan, ServicePlan } from "../plan/service-plan.ts";
import type { Settings } from "../settings.ts";
import { Restrictions } from "./restrictions.ts";

/** A Service's plan with the restrictions because of others, and its frontends with what is needed to lower them. */
export type PlannedService = {
  readonly plan: ServicePlan;
  /** The plan of the Service alone. */
  readonly wanted: ServicePlan;
  readonly frontends: readonly PlannedFrontend[];
  /** The settings of the plan. */
  readonly settings: Settings;
};

/** A Service as it was planned and as it is now, and the frontends that differ. */
export type Replacement = {
  readonly before: PlannedService | undefined;
  readonly after: PlannedService | undefined;
  readonly gone: readonly PlannedFrontend[];
  readonly come: readonly PlannedFrontend[];
};

/** The plans of all Services of a table. */
export class PlannedServices {
  readonly #services = new Map<ObjectKey, PlannedService>();
  /** Those that have to be planned again because of others. */
  readonly #unsettled = new Set<ObjectKey>();
  readonly #restrictions: Restrictions;
  #settings: Settings;
  /** Undefined if something has changed since it was made. */
  #inOrder: readonly PlannedService[] | undefined;

  constructor(family: Family, settings: Settings) {
    this.#settings = settings;
    this.#restrictions = new Restrictions(family, settings);
  }

  setSettings(settings: Settings): void {
    this.#settings = settings;
    this.#restrictions.setSettings(settings);
  }

  /** Whether a Service wants an address as an external or load balancer IP. */
  isClaimed(address: Address): boolean {
    return this.#restrictions.isClaimed(address);
  }

  get(key: ObjectKey): PlannedService | undefined {
    return this.#services.get(key);
  }

  /** The Service whose ClusterIP an address is. */
  clusterIPOwner(address: Address): ObjectKey | undefined {
    return this.#restrictions.clusterIPOwner(address);
  }

  /** By namespace and name, so that equal states give equal tables. */
  inOrder(): readonly PlannedService[] {
    this.#inOrder ??= [...this.#services.values()].sort(
      ({ plan: { service: a } }, { plan: { service: b } }) =>
        compareText(a.namespace, b.namespace) || compareText(a.name, b.name),
    );
    return this.#inOrder;
  }

  /** Replaces a Service's plan, and returns what that changes, for other Services too. */
  set(key: ObjectKey, plan: ServicePlan | undefined): readonly (readonly [ObjectKey, Replacement])[] {
    const old = this.#services.get(key)?.wanted;
    const isNothing = old === undefined && isEmpty(plan);
    const claimants = isNothing ? [] : this.#restrictions.replaceClusterIP(key, old, plan);
    const others = isNothing ? [] : this.#restrictions.replace(key, old, plan);
    const replacements = [[key, this.#put(key, plan)] as const];
    for (const other of others) replacements.push([other, this.#put(other, this.#services.get(other)?.wanted)]);
    if (claimants.length === 0) return replacements;
    for (const other of claimants) if (other !== key) this.#unsettled.add(other);
    return [...replacements, ...this.settle()];
  }

  get isSettled(): boolean {
    return this.#unsettled.size === 0;
  }

  /** Plans some of the unsettled Services again, and returns what that changes. */
  settle(): readonly (readonly [ObjectKey, Replacement])[] {
    const replacements: (readonly [ObjectKey, Replacement])[] = [];
    for (const other of this.#unsettled) {
      if (replacements.length === mostAtOnce) break;
      replacements.push([other, this.#put(other, this.#services.get(other)?.wanted)]);
    }
    return replacements;
  }

  #put(key: ObjectKey, wanted: ServicePlan | undefined): Replacement {
    this.#inOrder = undefined;
    this.#unsettled.delete(key);
    const before = this.#services.get(key);
    const plan = wanted && this.#restrictions.restricted(wanted);
    const settings = this.#settings;
    const after =
      wanted === undefined || plan === undefined || isEmpty(plan)
        ? undefined
        : { plan, wanted, settings, frontends: this.#frontends(plan, before?.frontends ?? []) };
    if (after === undefined) this.#services.delete(key);
    else this.#services.set(key, after);
    const [old, current] = [before?.frontends ?? [], after?.frontends ?? []];
    return { before, after, gone: without(old, current), come: without(current, old) };
  }

  /** Unchanged ports keep their frontends: what does not change costs nothing. */
  #frontends(plan: ServicePlan, known: readonly PlannedFrontend[]): readonly PlannedFrontend[] {
    const { service, family, ports } = plan;
    const [own, settings] = [{ service, family }, this.#settings];
    const sourcePorts = this.#restrictions.sourcePorts(plan);
    const [only, ...others] = ports;
    if (known.length === 0 && others.length === 0) return only ? frontendsOfPort(own, only, settings, sourcePorts) : [];
    const kept = new Map<PortPlan, PlannedFrontend[]>(ports.map((port) => [port, []]));
    for (const each of known) {
      if (each.settings !== settings || each.sourcePorts !== sourcePorts.get(each.frontend)) continue;
      kept.get(each.port)?.push(each);
    }
    return ports.flatMap((port) => {
      const same = kept.get(port) ?? [];
      return same.length === port.frontends.length ? same : frontendsOfPort(own, port, settings, sourcePorts);
    });
  }
}

/** Each may have hundreds of frontends. */
const mostAtOnce = 20;

/** Of a Service that does not exist in the family, as is usual for one of the two, nothing is kept. */
function isEmpty(plan: ServicePlan | undefined): boolean {
  return plan === undefined || (plan.clusterIP === undefined && plan.problems.length === 0);
}

function without<T>(list: readonly T[], others: readonly T[]): readonly T[] {
  if (list.length === 0 || others.length === 0) return list;
  const left = new Set(others);
  return list.filter((each) => !left.has(each));
}

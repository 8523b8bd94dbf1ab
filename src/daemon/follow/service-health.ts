import { effectiveExternalTrafficPolicy } from "../../compile/plan/frontends.ts";
import type { ServicePlan } from "../../compile/plan/service-plan.ts";
import type { Family } from "../../model/address.ts";
import type { Port } from "../../model/port.ts";
import type { ObjectKey } from "../../model/service.ts";

/** What a Service's `healthCheckNodePort` tells load balancers. */
export type ServiceHealth = {
  readonly namespace: string;
  readonly name: string;
  readonly port: Port;
  /** How many endpoints of each family this node has; a family in which the Service does not exist is missing. */
  readonly localEndpoints: Readonly<Partial<Record<Family, number>>>;
};

/** The health of each Service for load balancers. They ask about both families, while a plan covers one. */
export class ServiceHealths {
  readonly #plans = new Map<ObjectKey, ReadonlyMap<Family, ServicePlan>>();

  /** Takes a Service's plan in a family, and returns its health over all families. */
  set(key: ObjectKey, family: Family, plan: ServicePlan | undefined): ServiceHealth | undefined {
    const plans = new Map(this.#plans.get(key));
    if (plan === undefined || healthCheckNodePort(plan) === undefined) plans.delete(family);
    else plans.set(family, plan);
    if (plans.size > 0) this.#plans.set(key, plans);
    else this.#plans.delete(key);
    return serviceHealth([...plans.values()]);
  }
}

/**
 * The health of a Service with these plans; undefined if load balancers may not ask.
 *
 * It counts the distinct addresses of the ready endpoints on this node, over all ports of the Service. Terminating ones do
 * not count, although they still get traffic if there are no others: load balancers should move away in time.
 */
function serviceHealth(plans: readonly ServicePlan[]): ServiceHealth | undefined {
  const [plan] = plans;
  if (plan === undefined) return undefined;
  const port = healthCheckNodePort(plan);
  if (port === undefined) return undefined;
  const { namespace, name } = plan.service;
  const counts = plans
    .filter(({ clusterIP }) => clusterIP !== undefined)
    .map((each) => [each.family, localReady(each)] as const);
  return { namespace, name, port, localEndpoints: Object.fromEntries(counts) };
}

/** The load balancers' choice of nodes matters only with type LoadBalancer and externalTrafficPolicy Local. */
function healthCheckNodePort({ service }: ServicePlan): Port | undefined {
  const isLocal = service.type === "LoadBalancer" && effectiveExternalTrafficPolicy(service) === "Local";
  return isLocal ? service.healthCheckNodePort : undefined;
}

function localReady({ ports }: ServicePlan): number {
  const counted = ports.flatMap(({ endpoints: { addresses, states }, decisions }) =>
    addresses.filter((_, place) => {
      const decision = decisions[place];
      return decision?.isLocal && states[place]?.ready && decision.local !== "listed twice";
    }),
  );
  return new Set(counted).size;
}

import type { ObjectKey } from "../../model/service.ts";
import { portRange } from "../../nft/port-range.ts";
import type { PortRange } from "../../nft/ruleset.ts";
import type { FrontendPlan, ServicePlan } from "../plan/service-plan.ts";

/**
 * Determines which ports share source ranges, as elements of all of them.
 *
 * What is allowed for unused ports in between makes no difference, because only firewalled ports are looked up. So if a
 * Service has a load balancer IP to itself, its ports of a protocol are one range, from the first to the last; if others
 * have ports of that address too, each port is separate. All Services share the NodePorts.
 */
export class SourcePorts {
  /** The Services that use an address and protocol as a load balancer IP, or as an external IP with source ranges. */
  readonly #claims = new Map<string, Map<ObjectKey, ServicePlan>>();

  /** Replaces a plan of the Service, and returns the plans of others that are affected. */
  replace(
    key: ObjectKey,
    old: ServicePlan | undefined,
    plan: ServicePlan | undefined,
  ): ReadonlyMap<ObjectKey, ServicePlan> {
    const [before, wanted] = [placesOf(old), placesOf(plan)];
    if (before.size + wanted.size === 0) return noPlans;
    const affected = new Map<ObjectKey, ServicePlan>();
    for (const place of new Set([...before, ...wanted])) {
      const claims = this.#claims.get(place) ?? new Map<ObjectKey, ServicePlan>();
      this.#claims.set(place, claims);
      claims.delete(key);
      const [other] = claims.size === 1 ? claims : [];
      if (other !== undefined && before.has(place) !== wanted.has(place)) affected.set(...other);
      if (plan !== undefined && wanted.has(place)) claims.set(key, plan);
      if (claims.size === 0) this.#claims.delete(place);
    }
    return affected;
  }

  /** The frontends whose elements name the sources of their own port, or of a range that begins with it. */
  of({ service, ports }: ServicePlan): ReadonlyMap<FrontendPlan, PortRange> {
    const { loadBalancerSourceRanges, annotations } = service;
    if (loadBalancerSourceRanges === undefined && annotations === undefined) return none;
    const ranges = new Map<FrontendPlan, PortRange>();
    const firsts = new Map<string, FrontendPlan>();
    for (const { frontends } of ports) {
      for (const each of frontends) {
        if (each.sources === undefined) continue;
        const { port } = each.frontend;
        const place = placeOf(each);
        const isShared = each.frontend.kind === "nodePort" || (this.#claims.get(place)?.size ?? 0) > 1;
        const first = isShared ? each : (firsts.get(place) ?? each);
        firsts.set(place, first);
        ranges.set(first, portRange(first.frontend.port, port));
      }
    }
    return ranges;
  }
}

/** The result for most Services. */
const none: ReadonlyMap<FrontendPlan, PortRange> = new Map();
const noPlans: ReadonlyMap<ObjectKey, ServicePlan> = new Map();
const nowhere: ReadonlySet<string> = new Set();

function placesOf(plan: ServicePlan | undefined): ReadonlySet<string> {
  if (plan === undefined || externalCount(plan) === 0) return nowhere;
  const places = new Set<string>();
  for (const { frontends } of plan.ports) {
    for (const each of frontends) {
      if (isClaim(each)) places.add(placeOf(each));
    }
  }
  return places;
}

function externalCount({ service: { loadBalancerIPs, externalIPs } }: ServicePlan): number {
  return loadBalancerIPs.length + externalIPs.length;
}

function isClaim({ frontend, sources }: FrontendPlan): boolean {
  if (frontend.kind === "nodePort" || frontend.source === "clusterIP") return false;
  return frontend.source === "loadBalancerIP" || sources !== undefined;
}

function placeOf({ frontend }: FrontendPlan): string {
  return frontend.kind === "address" ? `${frontend.address} ${frontend.protocol}` : frontend.protocol;
}

import { type Address, addressFamily, type Family } from "../../model/address.ts";
import { type CIDR, cidrContains, cidrFamily, hostCIDR, mergedCIDRs, prefixLength } from "../../model/cidr.ts";
import type { Service } from "../../model/service.ts";
import type { PlanProblem } from "./problems.ts";
import type { PlanSettings } from "./service-plan.ts";

/**
 * The sources that may connect to a Service's load balancer IPs of a family; undefined if all may.
 *
 * - No `loadBalancerSourceRanges`, or one range of length zero in the family: open.
 * - Ranges, but none of the family: closed to all, as whoever wrote them did not mean to open it.
 * - A range with the node's own address lets the load balancer IPs in too: a load balancer that keeps the
 *   destination may also use it as the source of its health checks (B-147).
 */
export function allowedSources(
  service: Service,
  family: Family,
  nodeIP: Address | undefined,
): readonly CIDR[] | undefined {
  const ranges = service.loadBalancerSourceRanges?.filter((range) => cidrFamily(range) === family);
  if (ranges === undefined || ranges.some((range) => prefixLength(range) === 0)) return undefined;
  const includesNode = nodeIP !== undefined && ranges.some((range) => cidrContains(range, nodeIP));
  const own = service.loadBalancerIPs.filter((ip) => includesNode && addressFamily(ip) === family).map(hostCIDR);
  return mergedCIDRs([...ranges, ...own]);
}

/** The sources that may connect. A Service whose ranges are none of the family, or cannot be checked here, is closed. */
export function usableSources(
  service: Service,
  family: Family,
  settings: PlanSettings,
): { readonly sources: readonly CIDR[] | undefined; readonly problem?: PlanProblem } {
  const sources = allowedSources(service, family, settings.families[family].nodeIP);
  const isReachable = service.loadBalancerIPs.some((ip) => addressFamily(ip) === family);
  if (sources === undefined || !isReachable) return { sources };
  if (!settings.families[family].sourceRanges)
    return { sources: [], problem: { kind: "sourceRangesUnsupported", family } };
  return sources.length === 0 ? { sources, problem: { kind: "sourceRangesClosed", family } } : { sources };
}

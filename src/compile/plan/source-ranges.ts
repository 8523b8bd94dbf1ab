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

/** The sources that may connect. A Service whose ranges are too many, or none of the family, is closed. */
export function limitedSources(
  service: Service,
  family: Family,
  settings: PlanSettings,
): { readonly sources: readonly CIDR[] | undefined; readonly problem?: PlanProblem } {
  const sources = allowedSources(service, family, settings.families[family].nodeIP);
  const loadBalancerIPs = service.loadBalancerIPs.filter((ip) => addressFamily(ip) === family).length;
  if (sources === undefined || loadBalancerIPs === 0) return { sources };
  const problem = (found: PlanProblem) => ({ sources: [], problem: found });
  if (!settings.families[family].sourceRanges) return problem({ kind: "sourceRangesUnsupported", family });
  if (sources.length === 0) return problem({ kind: "sourceRangesClosed", family });
  const count = sources.length * loadBalancerIPs * service.ports.length;
  const limit = settings.sourceRangeLimit;
  return count > limit ? problem({ kind: "tooManySourceRanges", family, count, limit }) : { sources };
}

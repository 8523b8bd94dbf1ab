import { type Address, addressFamily, type Family } from "../../model/address.ts";
import { type CIDR, cidrContains, cidrFamily, hostCIDR, mergedCIDRs, prefixLength } from "../../model/cidr.ts";
import type { Service } from "../../model/service.ts";

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

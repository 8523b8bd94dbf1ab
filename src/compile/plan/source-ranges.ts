import { type Address, addressFamily, type Family } from "../../model/address.ts";
import { type CIDR, cidrContains, cidrFamily, hostCIDR, mergedCIDRs, prefixLength } from "../../model/cidr.ts";
import type { Service } from "../../model/service.ts";
import type { Frontend } from "./frontends.ts";
import type { PlanProblem, RangesField } from "./problems.ts";
import type { FrontendPlan, PlanSettings } from "./service-plan.ts";

/** Who may connect to a frontend. */
type Access = Pick<FrontendPlan, "sources" | "denied">;

const nobody: readonly CIDR[] = [];
const open: Access = { sources: undefined, denied: nobody };
const closed: Access = { sources: nobody, denied: nobody };

/**
 * Who may connect to the frontends of a Service in a family.
 *
 * - `loadBalancerSourceRanges` applies to load balancer IPs, and `nodePortSourceRanges` to NodePorts and external IPs.
 * - `denySourceRanges` applies to all of these, and wins.
 * - ClusterIPs are open.
 *
 * Ranges of which none is of the family, or that cannot be checked here, close the frontends that they apply to: their
 * author did not mean to open them.
 */
export function accessTo(service: Service, family: Family, settings: PlanSettings) {
  const { nodeIP, sourceRanges: canCheck } = settings.families[family];
  const problems: PlanProblem[] = [];
  const { nodePortSourceRanges, denySourceRanges } = service.annotations ?? {};
  const hasLoadBalancerIP = service.loadBalancerIPs.some((ip) => addressFamily(ip) === family);
  const hasOthers =
    service.externalIPs.some((ip) => addressFamily(ip) === family) ||
    service.ports.some(({ nodePort }) => nodePort !== undefined);
  const checked = (field: RangesField, isThere: boolean, sources: readonly CIDR[] | undefined) => {
    if (sources === undefined || !isThere || (canCheck && sources.length > 0)) return sources;
    problems.push({ kind: canCheck ? "sourceRangesClosed" : "sourceRangesUnsupported", family, field });
    return [];
  };
  const sources = {
    loadBalancerIP: checked("loadBalancerSourceRanges", hasLoadBalancerIP, allowedSources(service, family, nodeIP)),
    other: checked("nodePortSourceRanges", hasOthers, restriction(nodePortSourceRanges, family)),
  };
  const denied = ofFamily(denySourceRanges, family);
  const isDenied = denied.some(isEverybody);
  if (denied.length > 0 && !canCheck && (hasLoadBalancerIP || hasOthers))
    problems.push({ kind: "sourceRangesUnsupported", family, field: "denySourceRanges" });
  const access = (sources: readonly CIDR[] | undefined): Access => {
    if (denied.length === 0) return { sources, denied: nobody };
    return isDenied || !canCheck ? closed : { sources, denied: mergedCIDRs(denied) };
  };
  const ofKinds = { loadBalancerIP: access(sources.loadBalancerIP), other: access(sources.other) };
  return {
    of: (frontend: Frontend): Access => {
      if (frontend.kind === "nodePort" || frontend.source === "externalIP") return ofKinds.other;
      return frontend.source === "clusterIP" ? open : ofKinds.loadBalancerIP;
    },
    problems,
  };
}

/**
 * The sources that may connect to a Service's load balancer IPs of a family; undefined if all may.
 *
 * A range with the node's own address also allows the load balancer IPs: a load balancer that keeps the destination may
 * also use it as the source of its health checks (B-147).
 */
export function allowedSources(
  service: Service,
  family: Family,
  nodeIP: Address | undefined,
): readonly CIDR[] | undefined {
  const ranges = restriction(service.loadBalancerSourceRanges, family);
  const includesNode = nodeIP !== undefined && ranges?.some((range) => cidrContains(range, nodeIP));
  if (ranges === undefined || !includesNode) return ranges;
  const own = service.loadBalancerIPs.filter((ip) => addressFamily(ip) === family).map(hostCIDR);
  return mergedCIDRs([...ranges, ...own]);
}

/** Ranges of a family; undefined if there are none at all, or one contains everything. */
function restriction(ranges: readonly CIDR[] | undefined, family: Family): readonly CIDR[] | undefined {
  const own = ofFamily(ranges, family);
  return ranges === undefined || own.some(isEverybody) ? undefined : mergedCIDRs(own);
}

function ofFamily(ranges: readonly CIDR[] | undefined, family: Family): readonly CIDR[] {
  return ranges?.filter((range) => cidrFamily(range) === family) ?? [];
}

function isEverybody(range: CIDR): boolean {
  return prefixLength(range) === 0;
}

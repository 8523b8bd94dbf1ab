import { type FrontendKey, frontendKey } from "../../compile/plan/frontends.ts";
import type { PlanProblem } from "../../compile/plan/problems.ts";
import { type ObjectKey, type Service, serviceKey } from "../../model/service.ts";
import type { World } from "../world.ts";
import type { Difference, Subject } from "./compare.ts";
import { allAddresses, type Mode, type Served } from "./served.ts";

/** A frontend that both proxies have. */
type Both = { readonly key: FrontendKey; readonly here: Served | undefined; readonly there: Served | undefined };

/**
 * The known differences of kube-proxy: the tables in DESIGN.md and docs/migration.md. Returns a function that gives the
 * reason for a difference of a frontend, or of the settings; undefined if there is none.
 */
export function knownDifferences(world: World, mode: Mode) {
  const { plans } = world;
  const refused = new Map<FrontendKey, string>();
  const contested = new Set<FrontendKey>();
  for (const plan of plans.plans) {
    for (const problem of plan.problems) {
      if (problem.kind === "refusedFrontend") refused.set(frontendKey(problem.frontend), refusals[problem.reason]);
      if (problem.kind === "othersClusterIP")
        refused.set(frontendKey(problem.frontend), `it is the ClusterIP of Service ${problem.owner}`);
    }
    for (const { key } of plans.lostFrontends(plan)) contested.add(key);
  }
  return ({ what, here, there }: Difference, both: Both | undefined): string | undefined => {
    if (both === undefined) return ofSettings(what, here, there);
    const plan = plans.planOf(serviceOf(both));
    if (both.here === undefined) return refused.get(both.key) ?? (plan && ofMissing(plan.service, plan.problems));
    if (contested.has(both.key)) return "several Services claim it; kube-proxy serves either";
    const reason = plan && ofFrontend(what, plan.service, plan.problems);
    if (reason !== undefined || mode !== "ipvs" || what !== "endpoints" || both.here.policy !== "Local") return reason;
    return "mode ipvs has one list for all clients, and all endpoints where this node has none";
  };
}

const refusals = {
  "in a ServiceCIDR": "external addresses in a ServiceCIDR are not served",
  "API server": "where the API server is reached is not served",
} as const;

/** The Service of a frontend, by the name of its port. */
function serviceOf({ here, there }: Both): ObjectKey {
  const [namespace = "", name = ""] = (here?.name ?? there?.name ?? "").split(":", 1)[0]?.split("/") ?? [];
  return serviceKey({ namespace, name });
}

function ofMissing({ annotations }: Service, problems: readonly PlanProblem[]): string | undefined {
  if (annotations?.expose !== undefined) return "kube-nft.io/expose leaves it out";
  return has(problems, "tooManyAddresses") ? "its Service has too many addresses" : undefined;
}

function ofFrontend(what: Subject, { annotations }: Service, problems: readonly PlanProblem[]): string | undefined {
  switch (what) {
    case "endpoints":
      if (has(problems, "tooManyEndpoints")) return "its Service has too many endpoints";
      return has(problems, "contradiction") ? "slices contradict each other; kube-proxy takes either" : undefined;
    case "affinity":
      return has(problems, "roundedTimeout") ? "there are too many different time-outs; it is rounded up" : undefined;
    case "source ranges":
    case "denied sources":
      if (annotations?.nodePortSourceRanges || annotations?.denySourceRanges)
        return "kube-proxy does not know the annotation";
      return has(problems, ...closing) ? "ranges that cannot be used close it; kube-proxy leaves it open" : undefined;
    default:
      return undefined;
  }
}

const closing = [
  "sourceRangesClosed",
  "sourceRangesUnsupported",
  "tooManySourceRanges",
  "sourceRangesOfOthers",
] as const;

function has(problems: readonly PlanProblem[], ...kinds: readonly PlanProblem["kind"][]): boolean {
  return problems.some(({ kind }) => kinds.includes(kind));
}

function ofSettings(what: Subject, here: readonly string[], there: readonly string[]): string | undefined {
  switch (what) {
    case "local pods":
      return there.every((each) => here.includes(each)) ? "kube-proxy takes the first network of a family" : undefined;
    case "addresses of NodePorts":
      return here[0] === allAddresses && there[0] === "all" ? "NodePorts answer on loopback, too" : undefined;
    case "scheduler":
      return "endpoints are chosen at random";
    default:
      return undefined;
  }
}

import type { Address } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { PlanProblem } from "./problems.ts";
import type { FrontendPlan, PortPlan, ServicePlan } from "./service-plan.ts";

/** The restrictions of a Service because of others. */
export type Restriction = {
  /** The owner of an address that is a ClusterIP. */
  readonly clusterIPOwner: (address: Address) => ObjectKey | undefined;
  /** Why it may not have source ranges, if so. */
  readonly sourceRanges: PlanProblem | undefined;
  /** The timeout that is used instead of the requested one, in seconds. */
  readonly timeoutSeconds: (seconds: number) => number;
};

/** A plan with the restrictions because of others: the plan itself, if they make no difference. */
export function restrictedPlan(plan: ServicePlan, restriction: Restriction): ServicePlan {
  const problems: PlanProblem[] = [];
  const sources = allowedSources(plan, restriction, problems);
  const affinity = allowedAffinity(plan, restriction, problems);
  const ports = plan.ports.map((port): PortPlan => {
    const frontends = port.frontends.filter((each) => isAllowed(port, each, restriction, problems));
    const isRestricted = sources !== undefined || affinity !== undefined;
    if (frontends.length === port.frontends.length && !isRestricted) return port;
    const restricted = (frontend: FrontendPlan): FrontendPlan => ({
      ...frontend,
      affinity: affinity ?? frontend.affinity,
      ...(sources !== undefined && isRestrictedTo(frontend) ? { sources, denied: [] } : {}),
    });
    return { ...port, frontends: isRestricted ? frontends.map(restricted) : frontends };
  });
  return problems.length === 0 ? plan : { ...plan, ports, problems: [...plan.problems, ...problems] };
}

/** Undefined if it may have none. */
function allowedSources(
  { ports }: ServicePlan,
  { sourceRanges: problem }: Restriction,
  problems: PlanProblem[],
): readonly [] | undefined {
  const hasRanges = ports.some(({ frontends }) =>
    frontends.some(({ sources, denied }) => denied.length > 0 || (sources?.length ?? 0) > 0),
  );
  if (problem === undefined || !hasRanges) return undefined;
  problems.push(problem);
  return [];
}

/** Whether only some sources may connect. */
function isRestrictedTo({ sources, denied }: FrontendPlan): boolean {
  return sources !== undefined || denied.length > 0;
}

function allowedAffinity(
  { service: { sessionAffinity }, ports }: ServicePlan,
  { timeoutSeconds }: Restriction,
  problems: PlanProblem[],
): FrontendPlan["affinity"] {
  if (sessionAffinity === undefined || ports.length === 0) return undefined;
  const { timeoutSeconds: asked } = sessionAffinity;
  const seconds = timeoutSeconds(asked);
  if (seconds === asked) return undefined;
  problems.push({ kind: "roundedTimeout", asked, seconds });
  return { timeoutSeconds: seconds };
}

function isAllowed(
  { port }: PortPlan,
  { frontend }: FrontendPlan,
  { clusterIPOwner }: Restriction,
  problems: PlanProblem[],
): boolean {
  if (frontend.kind === "nodePort" || frontend.source === "clusterIP") return true;
  const owner = clusterIPOwner(frontend.address);
  if (owner !== undefined) problems.push({ kind: "othersClusterIP", port, frontend, owner });
  return owner === undefined;
}

import {
  type EndpointPlan,
  endpointPlans,
  hasEndpoints,
  isUsed,
  type PortPlan,
  type ServicePlan,
} from "../../compile/plan/service-plan.ts";
import { type Address, type Family, familyName } from "../../model/address.ts";
import { type ServicePort, serviceKey, servicePortName } from "../../model/service.ts";
import { loadBalancerFindings } from "./load-balancer-findings.ts";

/**
 * What prevents clients of a Service from getting what they want, found in its plans.
 *
 * `error`: connections fail now. `warning`: connections will fail, or fail for some clients. `note`: it works as intended,
 * but is often asked about.
 */
export type Finding = {
  readonly severity: Severity;
  /** `default/web:http`, or another subject. */
  readonly subject: string;
  /** What was found. */
  readonly evidence: string;
  /** The effect on clients. */
  readonly consequence: string;
  /** What to do about it. */
  readonly remedy: string;
};

export type Severity = "error" | "warning" | "note";

/** What is known of a Service besides its plans. */
export type FindingContext = {
  /** The Service's selector, `app=web`; empty if it has none, undefined if it is not known. */
  readonly selector: string | undefined;
  /** `Deployment web`, if it makes the Service's pods and is scaled to zero. */
  readonly scaledToZero: string | undefined;
  /** Since when and why a pod is not ready, if known. */
  readonly notReady: (address: Address) => string | undefined;
  /** Why nft refuses its rules, if it does. */
  readonly setAside: ReadonlyMap<Family, string>;
};

/** @param plans of one Service, one for each family */
export function serviceFindings(plans: readonly ServicePlan[], context: FindingContext): readonly Finding[] {
  return [
    ...plans.flatMap((plan) => [
      ...setAsideFinding(plan, context),
      ...plan.ports.flatMap((port) => portFindings(plan, port, context)),
    ]),
    ...loadBalancerFindings(plans),
  ];
}

function setAsideFinding({ service, family }: ServicePlan, { setAside }: FindingContext): readonly Finding[] {
  const reason = setAside.get(family);
  if (reason === undefined) return [];
  return [
    {
      severity: "error",
      subject: `${serviceKey(service)} (${familyName(family)})`,
      evidence: `is set aside: ${reason}`,
      consequence: "this node does not serve it, despite what is shown above, but serves all others",
      remedy: "change what nft refuses; the agent tries the Service again when it changes, and every few minutes",
    },
  ];
}

function portFindings(plan: ServicePlan, port: PortPlan, context: FindingContext): readonly Finding[] {
  const subject = `${servicePortName(plan.service, port.port)} (${familyName(plan.family)})`;
  const counted = endpointPlans(port).filter(
    (each) => each.cluster !== "listed twice" && each.local !== "listed twice",
  );
  if (counted.length === 0) return [withoutEndpoints(plan, port.port, subject, context)];
  const usable = counted.filter(({ endpoint }) => endpoint.ready || (endpoint.serving && endpoint.terminating));
  if (usable.length === 0) {
    return [
      {
        severity: "error",
        subject,
        evidence: `has ${count(counted.length, "endpoint")}, but none is ready${sinceWhen(counted, context)}`,
        consequence: "clients are refused",
        remedy: "find out why the pods' readiness probes fail: kubectl describe pod",
      },
    ];
  }
  return [...terminatingOnly(port, subject), ...policyFindings(port, subject)];
}

function withoutEndpoints(
  plan: ServicePlan,
  { name, protocol }: ServicePort,
  subject: string,
  { selector, scaledToZero }: FindingContext,
): Finding {
  const mismatch = plan.problems.find(
    (problem) => problem.kind === "noSlicePort" && problem.port.name === name && problem.port.protocol === protocol,
  );
  const refused = { severity: "error", subject, consequence: "clients are refused" } as const;
  if (mismatch?.kind === "noSlicePort") {
    const there = mismatch.slicePorts.map((each) => `${each.name || "(no name)"} ${each.port}/${each.protocol}`);
    return {
      ...refused,
      evidence: `its endpoints have no port named "${name}" of ${protocol}; they have ${[...new Set(there)].join(", ")}`,
      remedy: "give the port of the Service, and of the EndpointSlice or the container, the same name and protocol",
    };
  }
  if (selector === "") {
    return {
      ...refused,
      evidence: "has no selector, and no EndpointSlice has endpoints for it",
      remedy: `write an EndpointSlice with the label kubernetes.io/service-name: ${plan.service.name}`,
    };
  }
  if (scaledToZero !== undefined) {
    return {
      ...refused,
      severity: "note",
      evidence: `has no endpoints: ${scaledToZero}, whose pods it selects, is scaled to zero`,
      remedy: `nothing, if that is intended; otherwise kubectl scale -n ${plan.service.namespace} ${scaledToZero.toLowerCase().replace(" ", "/")} --replicas=1`,
    };
  }
  const selects = selector === undefined ? "its selector" : `its selector ${selector}`;
  return {
    ...refused,
    evidence: `has no endpoints: ${selects} matches no pod with an address, or the workload is scaled to zero`,
    remedy: `compare the selector with the pods' labels: kubectl get pods -n ${plan.service.namespace} --show-labels`,
  };
}

/** For the first endpoint with a known reason. */
function sinceWhen(endpoints: readonly EndpointPlan[], { notReady }: FindingContext): string {
  for (const { endpoint } of endpoints) {
    const since = notReady(endpoint.address);
    if (since !== undefined) return `; the pod with ${endpoint.address} has not been ${since}`;
  }
  return "";
}

function terminatingOnly(port: PortPlan, subject: string): readonly Finding[] {
  const used = endpointPlans(port).filter(isUsed);
  if (used.length === 0 || used.some(({ endpoint }) => endpoint.ready)) return [];
  return [
    {
      severity: "warning",
      subject,
      evidence: "all endpoints in use are terminating",
      consequence: "clients are served until these pods end, and then refused",
      remedy: "see why no new pod becomes ready",
    },
  ];
}

/** There are endpoints, but the list that a policy Local requires is empty on this node. */
function policyFindings(port: PortPlan, subject: string): readonly Finding[] {
  if (!port.frontends.some((each) => each.outsiders === "local") || hasEndpoints(port, "local")) return [];
  const isInternal = port.frontends.some((each) => each.insiders === "local");
  const policy = isInternal ? "internalTrafficPolicy" : "externalTrafficPolicy";
  return [
    {
      severity: isInternal ? "error" : "note",
      subject,
      evidence: `${policy} is Local, and no endpoint is on this node`,
      consequence: isInternal
        ? "connections from this node and its pods to the ClusterIP are dropped"
        : "connections from outside to this node are dropped; load balancers check the health check node port, and send none",
      remedy: isInternal
        ? "run an endpoint on each node that has clients, as a DaemonSet does, or set the policy to Cluster"
        : "nothing, if a load balancer checks that port; otherwise set the policy to Cluster",
    },
  ];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

import type { Address } from "../../model/address.ts";
import { type CIDR, cidrFinder } from "../../model/cidr.ts";
import type { Problem } from "../../model/problem.ts";
import { type ObjectKey, type Service, serviceKey, servicePortName } from "../../model/service.ts";
import type { PlannedFrontend } from "../lower/planned-frontend.ts";
import { type Frontend, frontendKey, frontendText } from "../plan/frontends.ts";
import { planProblemText, portProblem } from "../plan/problem-texts.ts";
import { endpointPlans, isUsed, type PortPlan, type ServicePlan } from "../plan/service-plan.ts";
import type { ServiceTable } from "./service-table.ts";

/** The problems of a Service: its own, and those caused by others in the table. */
export function problemsOf(plan: ServicePlan, table: ServiceTable): readonly Problem[] {
  return [...ownProblems(plan, table), ...lostFrontends(plan, table)];
}

/** The problems of a Service, except frontends that another has. */
function ownProblems({ service, ports, problems }: ServicePlan, table: ServiceTable): readonly Problem[] {
  return [
    ...problems.map((problem) => planProblemText(service, problem)),
    ...ports.flatMap((port) => translatedAgain(service, port, table)),
    ...insideServiceCIDRs(service, ports, table),
  ];
}

/** The same for many Services, only those that have problems. */
export function ownProblemsOf(
  changes: ReadonlyMap<ObjectKey, { readonly after: ServicePlan | undefined }>,
  table: ServiceTable,
): ReadonlyMap<ObjectKey, readonly Problem[]> {
  const problems = new Map<ObjectKey, readonly Problem[]>();
  for (const [key, { after: plan }] of changes) {
    const own = plan === undefined ? [] : ownProblems(plan, table);
    if (own.length > 0) problems.set(key, own);
  }
  return problems;
}

const sourceNames = { clusterIP: "ClusterIP", loadBalancerIP: "load balancer IP", externalIP: "external IP" } as const;

function lostFrontends(plan: ServicePlan, table: ServiceTable): readonly Problem[] {
  return table.lostFrontends(plan).map(({ port: { port }, frontend: { frontend } }) => {
    const owner = table.owners.owner(frontendKey(frontend));
    const why = owner === undefined ? "" : ` ${whyOwned(owner, frontend, plan.service)}`;
    return portProblem(plan.service, port, `${frontendText(frontend)}${why}; it is not served for this port`);
  });
}

function whyOwned(
  { plan, port, frontend: { frontend: owned } }: PlannedFrontend,
  lost: Frontend,
  service: Service,
): string {
  const { service: other } = plan;
  if (other === service) return `is already that of its port ${servicePortName(service, port.port)}`;
  if (owned.kind === "address" && lost.kind === "address" && owned.source !== lost.source) {
    return `is the ${sourceNames[owned.source]} of Service ${serviceKey(other)}`;
  }
  return `belongs to Service ${serviceKey(other)}, which ${other.created < service.created ? "is older" : "comes first by name"}`;
}

/** A packet is translated only once: if the result is another frontend, it is not translated again (B-100). */
function translatedAgain(service: Service, port: PortPlan, table: ServiceTable): readonly Problem[] {
  if (!port.endpoints.addresses.some((address) => table.isFrontendAddress(address))) return [];
  const messages = new Set<string>();
  for (const each of endpointPlans(port)) {
    const { address, nodeName } = each.endpoint;
    if (!table.isFrontendAddress(address) || !isUsed(each)) continue;
    const other = table.isClusterIP(address) ? undefined : table.frontendAt(address, port.port.protocol, each.port);
    // A load balancer IP that is the node's, on which the node's own server listens, leads to that server.
    if (other?.port === port && nodeName !== undefined) continue;
    if (other !== undefined) {
      const whose = `${frontendText(other.frontend.frontend)} of Service ${serviceKey(other.plan.service)}`;
      messages.add(
        `endpoint ${address} port ${each.port} is itself ${whose}; connections to it are not translated again`,
      );
    } else if (table.isClusterIP(address)) {
      messages.add(`endpoint ${address} is a ClusterIP; connections to it are refused`);
    }
  }
  return [...messages].map((message) => portProblem(service, port.port, message));
}

/** Packets to an address of a ServiceCIDR are dropped unless it is a ClusterIP. */
function insideServiceCIDRs(service: Service, ports: readonly PortPlan[], table: ServiceTable): readonly Problem[] {
  if (table.serviceCIDRs.length === 0) return [];
  const serviceCIDROf = cidrFinder(table.serviceCIDRs);
  return ports.flatMap(({ port, endpoints: { addresses }, decisions }) => {
    const inside = new Map<CIDR, Set<Address>>();
    for (const [place, address] of addresses.entries()) {
      const decision = decisions[place];
      const serviceCIDR = decision !== undefined && isUsed(decision) ? serviceCIDROf(address) : undefined;
      if (serviceCIDR === undefined || table.isClusterIP(address)) continue;
      inside.set(serviceCIDR, (inside.get(serviceCIDR) ?? new Set()).add(address));
    }
    return [...inside].map(([serviceCIDR, [first, ...others]]) => {
      const which = others.length === 0 ? `endpoint ${first} lies` : `endpoint ${first} and ${others.length} more lie`;
      const message = `${which} in the ServiceCIDR ${serviceCIDR}; connections are dropped, except to addresses of this node`;
      return portProblem(service, port, message);
    });
  });
}

import type { Problem } from "../../model/problem.ts";
import { type Service, serviceKey, servicePortName } from "../../model/service.ts";
import type { PlannedFrontend } from "../lower/frontend-elements.ts";
import { frontendKey, frontendText } from "../plan/frontends.ts";
import { planProblemText, portProblem } from "../plan/problems.ts";
import { isUsed, type PortPlan, type ServicePlan } from "../plan/service-plan.ts";
import type { ServiceTable } from "./service-table.ts";

/** What is wrong with a Service: by itself, and beside the others in the table. */
export function problemsOf(plan: ServicePlan, table: ServiceTable): readonly Problem[] {
  return [...ownProblems(plan, table), ...lostFrontends(plan, table)];
}

/** What is wrong with a Service, but for frontends that another has. */
export function ownProblems({ service, ports, problems }: ServicePlan, table: ServiceTable): readonly Problem[] {
  return [
    ...problems.map((problem) => planProblemText(service, problem)),
    ...ports.flatMap((port) => translatedAgain(service, port, table)),
  ];
}

function lostFrontends(plan: ServicePlan, table: ServiceTable): readonly Problem[] {
  return table.lostFrontends(plan).map(({ port: { port }, frontend: { frontend } }) => {
    const owner = table.owners.owner(frontendKey(frontend));
    const why = owner === undefined ? "" : ` ${whyOwned(owner, plan.service)}`;
    return portProblem(plan.service, port, `${frontendText(frontend)}${why}; it is not served for this port`);
  });
}

function whyOwned({ plan: { service: other }, port }: PlannedFrontend, service: Service): string {
  if (other === service) return `is already that of its port ${servicePortName(service, port.port)}`;
  return `belongs to Service ${serviceKey(other)}, which ${other.created < service.created ? "is older" : "comes first by name"}`;
}

/** A packet is translated once: what leads to another frontend is not sent on from there (B-100). */
function translatedAgain(service: Service, port: PortPlan, table: ServiceTable): readonly Problem[] {
  const messages = new Set<string>();
  for (const each of port.endpoints) {
    if (!isUsed(each)) continue;
    const { address } = each.endpoint;
    const other = table.isClusterIP(address) ? undefined : table.frontendAt(address, port.port.protocol, each.port);
    if (other !== undefined) {
      const whose = `${frontendText(other.frontend.frontend)} of Service ${serviceKey(other.plan.service)}`;
      messages.add(
        `endpoint ${address} port ${each.port} is itself ${whose}; connections are not translated again there`,
      );
    } else if (table.isClusterIP(address)) {
      messages.add(`endpoint ${address} is itself a ClusterIP, so connections to it are refused`);
    }
  }
  return [...messages].map((message) => portProblem(service, port.port, message));
}

import type { Problem } from "../../model/problem.ts";
import { type Service, serviceKey, servicePortName } from "../../model/service.ts";
import type { PlannedFrontend } from "../lower/frontend-elements.ts";
import { frontendKey, frontendText } from "../plan/frontends.ts";
import { planProblemText, portProblem } from "../plan/problems.ts";
import { listOf, type PortPlan, type ServicePlan } from "../plan/service-plan.ts";
import type { ServiceTable } from "./service-table.ts";

/** What is wrong with a Service: by itself, and beside the others in the table. */
export function problemsOf(plan: ServicePlan, table: ServiceTable): readonly Problem[] {
  const { service, ports } = plan;
  return [
    ...plan.problems.map((problem) => planProblemText(service, problem)),
    ...ports.flatMap(({ port, frontends }) =>
      frontends.flatMap(({ frontend }) => {
        const owner = table.owners.owner(frontendKey(frontend));
        if (owner === undefined || owner.frontend.frontend === frontend) return [];
        const message = `${frontendText(frontend)} ${whyOwned(owner, service)}; it is not served for this port`;
        return [portProblem(service, port, message)];
      }),
    ),
    ...ports.flatMap((port) => clusterIPEndpoints(service, port, table)),
  ];
}

function whyOwned({ plan: { service: other }, port }: PlannedFrontend, service: Service): string {
  if (other === service) return `is already that of its port ${servicePortName(service, port.port)}`;
  return `belongs to Service ${serviceKey(other)}, which ${other.created < service.created ? "is older" : "comes first by name"}`;
}

/** A packet is translated once, so one that is sent on to a ClusterIP is refused there (B-100). */
function clusterIPEndpoints(service: Service, port: PortPlan, table: ServiceTable): readonly Problem[] {
  const addresses = new Set(
    [...listOf(port, "cluster"), ...listOf(port, "local")].map(({ endpoint }) => endpoint.address),
  );
  return [...addresses].flatMap((address) => {
    if (!table.isClusterIP(address)) return [];
    const message = `endpoint ${address} is itself a ClusterIP, so connections to it are refused`;
    return [portProblem(service, port.port, message)];
  });
}

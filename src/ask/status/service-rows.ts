import { frontendText } from "../../compile/plan/frontends.ts";
import { listOf, type PortPlan, type ServicePlan } from "../../compile/plan/service-plan.ts";
import { serviceKey } from "../../model/service.ts";
import type { ServiceRow } from "./status.ts";

/** A row for each port of a Service in a family. */
export function serviceRows(plan: ServicePlan, isSetAside: boolean): readonly ServiceRow[] {
  const { service, family } = plan;
  return plan.ports.map((port) => ({
    service: serviceKey(service),
    port: port.port.name,
    family,
    type: service.type,
    frontends: port.frontends.map(({ frontend }) => frontendText(frontend)),
    used: listOf(port, port.frontends[0]?.insiders ?? "cluster").length,
    known: port.endpoints.length,
    policies: policiesOf(port),
    state: isSetAside ? "set aside" : stateOf(port),
    connections: undefined,
    refused: undefined,
    dropped: undefined,
  }));
}

function policiesOf({ frontends }: PortPlan): ServiceRow["policies"] {
  return [
    ...(frontends.some(({ insiders }) => insiders === "local") ? ["internal Local" as const] : []),
    ...(frontends.some(({ insiders, outsiders }) => insiders !== "local" && outsiders === "local")
      ? ["external Local" as const]
      : []),
  ];
}

function stateOf(port: PortPlan): ServiceRow["state"] {
  if (port.frontends.some(({ whenEmpty }) => whenEmpty === "refuse")) return "no endpoints";
  const lists = new Set(port.frontends.flatMap(({ insiders, outsiders }) => [insiders, outsiders]));
  return [...lists].some((list) => listOf(port, list).length === 0) ? "no endpoint here" : "served";
}

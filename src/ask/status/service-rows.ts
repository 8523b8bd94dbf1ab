import { isTold, type RefusalReason } from "../../compile/lower/nftables/refusals.ts";
import { type FrontendKey, frontendKey, frontendText } from "../../compile/plan/frontends.ts";
import { hasEndpoints, type PortPlan, placesOf, type ServicePlan } from "../../compile/plan/service-plan.ts";
import { serviceKey } from "../../model/service.ts";
import type { ServiceRow } from "./status.ts";

/** What is known of a Service besides its plan. */
export type RowContext = {
  readonly isSetAside: boolean;
  /** The number of new connections of a frontend; undefined if they are not counted. */
  readonly countOf: (frontend: FrontendKey) => number | undefined;
  /** The number of refused ones; undefined if they are not counted. */
  readonly refusedPackets: readonly CountedPackets[] | undefined;
};

export type CountedPackets = { readonly port: string; readonly reason: RefusalReason; readonly packets: number };

/** A row for each port of a Service in a family. */
export function serviceRows(plan: ServicePlan, context: RowContext): readonly ServiceRow[] {
  const { isSetAside, countOf, refusedPackets } = context;
  const { service, family } = plan;
  return plan.ports.map((port, index) => ({
    service: serviceKey(service),
    port: port.port.name,
    family,
    type: service.type,
    appProtocol: port.port.appProtocol,
    labels: service.labels,
    frontends: port.frontends.map(({ frontend }) => frontendText(frontend)),
    used: placesOf(port, port.frontends[0]?.insiders ?? "cluster").length,
    known: port.decisions.length,
    policies: policiesOf(port),
    state: isSetAside ? "set aside" : stateOf(port),
    connections: sum(port.frontends.map(({ frontend }) => countOf(frontendKey(frontend)))),
    ...packetsOf(port.port.name, index === 0, refusedPackets),
  }));
}

/** @param isFirst of the Service's ports: it has the packets to ports that the Service does not have */
function packetsOf(
  name: string,
  isFirst: boolean,
  counted: readonly CountedPackets[] | undefined,
): Pick<ServiceRow, "refused" | "dropped"> {
  if (counted === undefined) return { refused: undefined, dropped: undefined };
  const packets = { refused: 0, dropped: 0 };
  for (const { port, reason, packets: count } of counted) {
    const isOwn = reason === "unknown port" ? isFirst : port === name;
    if (isOwn) packets[isTold(reason) ? "refused" : "dropped"] += count;
  }
  return packets;
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
  return [...lists].some((list) => !hasEndpoints(port, list)) ? "no endpoint here" : "served";
}

/** Undefined if nothing is known. */
function sum(counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((all, count) => all + count, 0);
}

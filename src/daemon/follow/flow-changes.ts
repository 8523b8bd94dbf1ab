import { type FrontendKey, frontendKey } from "../../compile/plan/frontends.ts";
import { differingPlaces } from "../../compile/plan/port-difference.ts";
import {
  endpointText,
  hasEndpoints,
  type PlanChange,
  type PortPlan,
  placesOf,
  type ServicePlan,
} from "../../compile/plan/service-plan.ts";
import type { Protocol } from "../../model/port.ts";
import { servingEndpoints } from "./flow-judge.ts";

/**
 * The protocols in which a change may have made flows stale: those of service ports that got or lost a frontend, whose
 * policy changed, that lost an endpoint, or that got their first one (a client that was refused before may have left a
 * flow).
 */
export function protocolsAffected(change: PlanChange): ReadonlySet<Protocol> {
  return protocolsWhere(change, isAffected);
}

/** The protocols in which a change may have made remembered clients stale: those of sticky ports that lost something. */
export function protocolsForgetting(change: PlanChange): ReadonlySet<Protocol> {
  return protocolsWhere(
    change,
    (before, after) => before !== undefined && isSticky(before) && losesClients(before, after),
  );
}

/** The protocols that have session affinity. */
export function stickyProtocols(plan: ServicePlan | undefined): readonly Protocol[] {
  return plan?.ports.filter(isSticky).map(({ port }) => port.protocol) ?? [];
}

function protocolsWhere(
  { before, after }: PlanChange,
  isAffected: (before: PortPlan | undefined, after: PortPlan | undefined) => boolean,
): ReadonlySet<Protocol> {
  const [old, current] = [portsOf(before), portsOf(after)];
  const affected = new Set<Protocol>();
  for (const key of new Set([...old.keys(), ...current.keys()])) {
    const [from, to] = [old.get(key), current.get(key)];
    const port = to ?? from;
    if (port !== undefined && isAffected(from, to)) affected.add(port.port.protocol);
  }
  return affected;
}

/** The UDP frontends that a Service no longer has. */
export function goneFrontends({ before, after }: PlanChange): readonly FrontendKey[] {
  const left = new Set(udpFrontends(after));
  return udpFrontends(before).filter((key) => !left.has(key));
}

function udpFrontends(plan: ServicePlan | undefined): readonly FrontendKey[] {
  const ports = plan?.ports.filter(({ port }) => port.protocol === "udp") ?? [];
  return ports.flatMap(({ frontends }) => frontends.map(({ frontend }) => frontendKey(frontend)));
}

/** Identifies a port within its Service. */
function portsOf(plan: ServicePlan | undefined): ReadonlyMap<string, PortPlan> {
  return new Map(plan?.ports.map((each) => [`${each.port.protocol} ${each.port.port}`, each]));
}

function isAffected(before: PortPlan | undefined, after: PortPlan | undefined): boolean {
  if (before === undefined || after === undefined || frontendsOf(before) !== frontendsOf(after)) return true;
  if (lists.some((list) => !hasEndpoints(before, list) && hasEndpoints(after, list))) return true;
  const [placesBefore, placesAfter] = differingPlaces(before, after);
  const left = servingEndpoints(after, placesAfter);
  return [...servingEndpoints(before, placesBefore).keys()].some((endpoint) => !left.has(endpoint));
}

const lists = ["cluster", "local"] as const;

function frontendsOf({ frontends }: PortPlan): string {
  return frontends.map(({ frontend, outsiders }) => `${frontendKey(frontend)} ${outsiders}`).join();
}

function isSticky({ frontends }: PortPlan): boolean {
  return frontends.some(({ affinity }) => affinity !== undefined);
}

function losesClients(before: PortPlan, after: PortPlan | undefined): boolean {
  if (after === undefined || !isSticky(after) || frontendsOf(before) !== frontendsOf(after)) return true;
  const [placesBefore, placesAfter] = differingPlaces(before, after);
  return lists.some((list) => {
    const textOf = (port: PortPlan) => (place: number) => endpointText(port, place);
    const left = new Set(placesOf(after, list, placesAfter).map(textOf(after)));
    return placesOf(before, list, placesBefore)
      .map(textOf(before))
      .some((endpoint) => !left.has(endpoint));
  });
}

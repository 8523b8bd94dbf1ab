import { listSize } from "../lower/nftables/slots.ts";
import { clientParts } from "../plan/balancing.ts";
import { differingPlaces, haveSameFrontends } from "../plan/port-difference.ts";
import { comparePorts, type Places, type PortPlan, placesOf, type ServicePlan } from "../plan/service-plan.ts";
import type { ListName } from "../plan/topology.ts";

/** A plan between two plans of a Service: the new one for as many ports as there is room for, the old one for the others. */
export type Portion = {
  readonly plan: ServicePlan | undefined;
  /** About how many elements the step to it changes. */
  readonly cost: number;
  /** Whether it is the new plan. */
  readonly isWhole: boolean;
};

/**
 * The next step from one plan of a Service to another. Each port is served by the old plan or the new, so a Service with very
 * many elements can be applied port by port, with changes of others in between.
 *
 * @param room how many elements may change; a port that needs more is not split
 */
export function portion(old: ServicePlan | undefined, target: ServicePlan | undefined, room: number): Portion {
  if (room === Number.POSITIVE_INFINITY && old === undefined) return { plan: target, cost: 0, isWhole: true };
  const before = portsOf(old);
  const after = portsOf(target);
  // Services with ports that cannot be distinguished, which no API server accepts, are not split.
  if (before.size !== (old?.ports.length ?? 0) || after.size !== (target?.ports.length ?? 0)) {
    return { plan: target, cost: 0, isWhole: true };
  }
  const isOfAge = old?.service.created === target?.service.created;
  const ports: PortPlan[] = [];
  let [cost, isWhole] = [0, true];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [from, to] = [before.get(key), after.get(key)];
    const isSame = isOfAge && isEqual(from, to);
    if (!isSame && cost >= room) isWhole = false;
    else if (!isSame) cost += changeCost(from, to);
    const port = isSame || !isWhole ? from : to;
    if (port !== undefined) ports.push(port);
  }
  const base = target ?? (isWhole ? undefined : old);
  return { plan: base && { ...base, ports: ports.sort((a, b) => comparePorts(a.port, b.port)) }, cost, isWhole };
}

function portsOf(plan: ServicePlan | undefined): ReadonlyMap<string, PortPlan> {
  return new Map(plan?.ports.map((each) => [`${each.port.protocol} ${each.port.port}`, each]));
}

function isEqual(a: PortPlan | undefined, b: PortPlan | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return a === b;
  if (a.decisions.length !== b.decisions.length || !haveSameFrontends(a, b)) return false;
  const [places] = differingPlaces(a, b);
  return places.first === places.end && a.decisions.every(({ slice }, place) => slice === b.decisions[place]?.slice);
}

/** All elements, if the frontends or the size of a list change; otherwise those that each changed endpoint moves. */
function changeCost(from: PortPlan | undefined, to: PortPlan | undefined): number {
  const all = sizeOf(from) + sizeOf(to);
  if (from === undefined || to === undefined || !haveSameFrontends(from, to)) return all;
  const sizes = (port: PortPlan) =>
    `${listSize(placesOf(port, "cluster").length)} ${listSize(placesOf(port, "local").length)}`;
  if (sizes(from) !== sizes(to)) return all;
  return Math.min(all, 1 + movesEach * differences(from, to) * to.frontends.length);
}

/** The number of endpoints that only one of two ports has. */
function differences(from: PortPlan, to: PortPlan): number {
  const [placesOfFrom, placesOfTo] = differingPlaces(from, to);
  const there = new Set(described(from, placesOfFrom));
  const others = described(to, placesOfTo);
  const kept = others.filter((each) => there.has(each)).length;
  return placesOfFrom.end - placesOfFrom.first + others.length - 2 * kept;
}

/** Elements that change if one endpoint comes or goes: 4 in each of two lists, each deleted and added. */
const movesEach = 16;

function sizeOf(port: PortPlan | undefined): number {
  if (port === undefined) return 0;
  const isHashed = port.frontends.some(({ balancing }) => balancing !== "random");
  const sizeOfList = (name: ListName) => (isHashed ? clientParts : placesOf(port, name).length);
  return port.frontends.length * (2 + sizeOfList("cluster") + sizeOfList("local"));
}

function described({ endpoints: { addresses }, decisions }: PortPlan, { first, end }: Places): readonly string[] {
  return decisions.slice(first, end).map(({ port, isLocal, cluster, local }, index) => {
    return `${addresses[first + index]} ${port} ${isLocal} ${cluster} ${local}`;
  });
}

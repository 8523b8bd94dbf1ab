import { listSize } from "../lower/slots.ts";
import { comparePorts, type EndpointPlan, listOf, type PortPlan, type ServicePlan } from "../plan/service-plan.ts";

/** A plan between two of a Service: the new one in as many ports as there is room for, the old one in the others. */
export type Portion = {
  readonly plan: ServicePlan | undefined;
  /** How many elements the step to it may change, roughly. */
  readonly cost: number;
  /** It is the new plan. */
  readonly isWhole: boolean;
};

/**
 * The next step from a Service's plan to another. Each port is served as it was or as it is to be, so a Service with very
 * many elements can be taken up port by port, and what others change goes in between.
 *
 * @param room how many elements may change; a port that takes more is never parted
 */
export function portion(old: ServicePlan | undefined, target: ServicePlan | undefined, room: number): Portion {
  const before = portsOf(old);
  const after = portsOf(target);
  // Ports that cannot be told apart, which no API server lets in, are not parted.
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
  if (!haveSameFrontends(a, b) || a.endpoints.length !== b.endpoints.length) return false;
  return a.endpoints.every((each, index) => isSameEndpoint(each, b.endpoints[index]));
}

function isSameEndpoint(a: EndpointPlan, b: EndpointPlan | undefined): boolean {
  return a.endpoint === b?.endpoint && a.slice === b.slice && describe(a) === describe(b);
}

function haveSameFrontends(a: PortPlan, b: PortPlan): boolean {
  return JSON.stringify([a.port, a.frontends]) === JSON.stringify([b.port, b.frontends]);
}

/** All of it, where the frontends or the size of a list change; else what lists with room move for each endpoint. */
function changeCost(from: PortPlan | undefined, to: PortPlan | undefined): number {
  const all = sizeOf(from) + sizeOf(to);
  if (from === undefined || to === undefined || !haveSameFrontends(from, to)) return all;
  const sizes = (port: PortPlan) =>
    `${listSize(listOf(port, "cluster").length)} ${listSize(listOf(port, "local").length)}`;
  if (sizes(from) !== sizes(to)) return all;
  const there = new Set(from.endpoints.map(describe));
  const kept = to.endpoints.filter((each) => there.has(describe(each))).length;
  const different = from.endpoints.length + to.endpoints.length - 2 * kept;
  return Math.min(all, 1 + movesEach * different * to.frontends.length);
}

/** Elements that change, where one endpoint comes or goes: 4 in each of two lists, each deleted and added. */
const movesEach = 16;

function sizeOf(port: PortPlan | undefined): number {
  if (port === undefined) return 0;
  return port.frontends.length * (2 + listOf(port, "cluster").length + listOf(port, "local").length);
}

function describe({ endpoint, port, isLocal, cluster, local }: EndpointPlan): string {
  return `${endpoint.address} ${port} ${isLocal} ${cluster} ${local}`;
}

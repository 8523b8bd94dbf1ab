import { type Frontend, frontendText } from "../compile/plan/frontends.ts";
import { differingPlaces, haveSameFrontends } from "../compile/plan/port-difference.ts";
import {
  type FrontendPlan,
  hasEndpoints,
  type Places,
  type PlanChange,
  type PortPlan,
  placesOf,
  type ServicePlan,
} from "../compile/plan/service-plan.ts";
import type { ListName } from "../compile/plan/topology.ts";
import type { AffinityMethod } from "../compile/settings.ts";
import { cidrElement } from "../model/cidr.ts";
import { servicePortName } from "../model/service.ts";
import {
  changesOfViews,
  endpointName,
  type ServicePortChange,
  type ServicePortView,
  type ServicePortViews,
  unserved,
} from "./service-changes.ts";

/** What determines how a Service is served, besides plans. */
export type ServingContext = {
  /** Whether the Service does not get a frontend, because another has it, or because no address of the node serves it. */
  readonly isDenied: (frontend: Frontend) => boolean;
  readonly affinity: AffinityMethod;
};

/**
 * The effect of a change of a Service's plan on clients. It equals the difference of the tables before and after, but
 * needs no tables, so that its cost is that of the change.
 */
export function planChanges({ before, after }: PlanChange, context: ServingContext): readonly ServicePortChange[] {
  const [oldPorts, ports] = [portsByName(before), portsByName(after)];
  const places = new Map<PortPlan, Places>();
  for (const [name, [port, ...others]] of ports) {
    const [old, ...oldOthers] = oldPorts.get(name) ?? [];
    if (port === undefined || old === undefined || others.length + oldOthers.length > 0) continue;
    if (!haveSameFrontends(old, port)) continue;
    // Equal parts make no difference.
    const [placesBefore, placesAfter] = differingPlaces(old, port);
    places.set(old, placesBefore).set(port, placesAfter);
  }
  return changesOfViews(viewsOf(oldPorts, places, context), viewsOf(ports, places, context));
}

function portsByName(plan: ServicePlan | undefined): ReadonlyMap<string, readonly PortPlan[]> {
  return plan === undefined ? new Map() : Map.groupBy(plan.ports, ({ port }) => servicePortName(plan.service, port));
}

/** @param places of the endpoints to look at, if not all */
function viewsOf(
  ports: ReadonlyMap<string, readonly PortPlan[]>,
  places: ReadonlyMap<PortPlan, Places>,
  context: ServingContext,
): ServicePortViews {
  const views = new Map<string, ServicePortView>();
  for (const [name, own] of ports) {
    const view = { parts: new Set<string>(), frontends: new Map<string, Set<string>>() };
    views.set(name, view);
    for (const port of own) {
      const lists = { cluster: listIn(port, "cluster", places), local: listIn(port, "local", places) };
      for (const each of port.frontends) if (!context.isDenied(each.frontend)) addFrontend(view, lists, each, context);
    }
  }
  return views;
}

type List = { readonly isEmpty: boolean; readonly endpoints: readonly string[] };

function listIn(port: PortPlan, list: ListName, among: ReadonlyMap<PortPlan, Places>): List {
  const { endpoints, decisions } = port;
  const places = placesOf(port, list, among.get(port));
  return {
    isEmpty: !hasEndpoints(port, list),
    endpoints: places.map((place) => endpointName([endpoints.addresses[place] ?? "", decisions[place]?.port ?? 0])),
  };
}

function addFrontend(
  { parts, frontends }: ServicePortView,
  lists: Readonly<Record<ListName, List>>,
  each: FrontendPlan,
  { affinity: method }: ServingContext,
): void {
  const { frontend, outsiders, insiders, whenEmpty, masquerade, affinity, balancing, sources = [], denied } = each;
  const name = frontendText(frontend);
  const used = outsiders === insiders ? [lists[outsiders]] : [lists[outsiders], lists[insiders]];
  if (used.some(({ isEmpty }) => !isEmpty)) {
    const memory = affinity && (method === "remember" ? affinity.timeoutSeconds : method);
    parts.add(name);
    frontends.set(
      name,
      new Set([...used.map(({ endpoints }) => endpoints.join()), masquerade, balancing, `${memory}`]),
    );
  }
  if (lists[outsiders].isEmpty && whenEmpty !== "pass") parts.add(unserved(name, whenEmpty === "refuse"));
  for (const { endpoints } of used) for (const endpoint of endpoints) parts.add(endpoint);
  for (const source of sources) parts.add(`source ${cidrElement(source)}`);
  for (const source of denied) parts.add(`denied source ${cidrElement(source)}`);
}

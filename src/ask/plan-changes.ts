import { type Frontend, frontendText } from "../compile/plan/frontends.ts";
import { type FrontendPlan, listOf, type PlanChange, type ServicePlan } from "../compile/plan/service-plan.ts";
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
  return changesOfViews(viewsOf(before, context), viewsOf(after, context));
}

function viewsOf(plan: ServicePlan | undefined, context: ServingContext): ServicePortViews {
  const views = new Map<string, ServicePortView>();
  for (const port of plan?.ports ?? []) {
    if (plan === undefined) break;
    const name = servicePortName(plan.service, port.port);
    const view = views.get(name) ?? { parts: new Set(), frontends: new Map() };
    views.set(name, view);
    const namesIn = (list: ListName) =>
      listOf(port, list).map(({ endpoint, port: number }) => endpointName([endpoint.address, number]));
    const lists = { cluster: namesIn("cluster"), local: namesIn("local") };
    for (const each of port.frontends) if (!context.isDenied(each.frontend)) addFrontend(view, lists, each, context);
  }
  return views;
}

function addFrontend(
  { parts, frontends }: ServicePortView,
  lists: Readonly<Record<ListName, readonly string[]>>,
  each: FrontendPlan,
  { affinity: method }: ServingContext,
): void {
  const { frontend, outsiders, insiders, whenEmpty, masquerade, affinity, sources = [], denied } = each;
  const name = frontendText(frontend);
  const used = outsiders === insiders ? [lists[outsiders]] : [lists[outsiders], lists[insiders]];
  if (used.some((list) => list.length > 0)) {
    const memory = affinity && (method === "remember" ? affinity.timeoutSeconds : method);
    parts.add(name);
    frontends.set(name, new Set([...used.map((list) => list.join()), masquerade, `${memory}`]));
  }
  if (lists[outsiders].length === 0) parts.add(unserved(name, whenEmpty === "refuse"));
  for (const list of used) for (const endpoint of list) parts.add(endpoint);
  for (const source of sources) parts.add(`source ${cidrElement(source)}`);
  for (const source of denied) parts.add(`denied source ${cidrElement(source)}`);
}

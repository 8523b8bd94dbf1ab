import { type Frontend, frontendText } from "../compile/plan/frontends.ts";
import {
  type FrontendPlan,
  listOf,
  type PlanChange,
  type PortPlan,
  type ServicePlan,
} from "../compile/plan/service-plan.ts";
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

/**
 * What a change of a Service's plan is to clients: the same as the difference of the tables before and after it, without
 * tables, as a change must not cost more than it does.
 *
 * @param isDenied whether a frontend is not served for the Service, as another has it, or no address of the node
 */
export function planChanges(
  { before, after }: PlanChange,
  isDenied: (frontend: Frontend) => boolean,
): readonly ServicePortChange[] {
  return changesOfViews(viewsOf(before, isDenied), viewsOf(after, isDenied));
}

function viewsOf(plan: ServicePlan | undefined, isDenied: (frontend: Frontend) => boolean): ServicePortViews {
  const views = new Map<string, ServicePortView>();
  for (const port of plan?.ports ?? []) {
    if (plan === undefined) break;
    const name = servicePortName(plan.service, port.port);
    const view = views.get(name) ?? { parts: new Set(), frontends: new Map() };
    views.set(name, view);
    for (const each of port.frontends) if (!isDenied(each.frontend)) addFrontend(view, port, each);
  }
  return views;
}

function addFrontend({ parts, frontends }: ServicePortView, port: PortPlan, each: FrontendPlan): void {
  const { frontend, outsiders, insiders, whenEmpty, masquerade, affinity, sources = [] } = each;
  const name = frontendText(frontend);
  const how = [outsiders, insiders, masquerade, affinity?.timeoutSeconds].join(" ");
  const lists = [...new Set([outsiders, insiders])].map((list) => listOf(port, list));
  const isOutsideEmpty = lists[0]?.length === 0;
  const names = [
    ...(lists.some((list) => list.length > 0) ? [name] : []),
    ...(isOutsideEmpty ? [unserved(name, whenEmpty === "refuse")] : []),
  ];
  for (const each of names) {
    parts.add(each);
    frontends.set(each, new Set([how]));
  }
  for (const { endpoint, port: number } of lists.flat()) parts.add(endpointName([endpoint.address, number]));
  for (const source of sources) parts.add(`source ${cidrElement(source)}`);
}

import type { PlannedFrontend } from "../../compile/lower/planned-frontend.ts";
import type { FrontendKey } from "../../compile/plan/frontends.ts";
import { type FrontendPlan, listOf } from "../../compile/plan/service-plan.ts";
import type { DetectLocal, NodePortAddresses } from "../../compile/settings.ts";
import { endpointText } from "../../iptables/print.ts";
import type { Family } from "../../model/address.ts";
import { compareText, servicePortName } from "../../model/service.ts";
import type { World } from "../world.ts";
import { allAddresses, type Client, type Served, type ServedTable, type Treatment } from "./served.ts";

/** What the plans serve. */
export function plannedTable({ plans, settings, family }: World): ServedTable {
  const { detectLocal, nodePortAddresses } = settings.families[family];
  const frontends = new Map<FrontendKey, Served>();
  for (const service of plans.served) {
    for (const each of service.frontends) frontends.set(each.key, planned(each, detectLocal));
  }
  return {
    frontends,
    settings: {
      "local pods": localPods(detectLocal),
      scheduler: ["random"],
      "addresses of NodePorts": nodePortTexts(nodePortAddresses, family),
    },
  };
}

function nodePortTexts({ any, addresses, loopback }: NodePortAddresses, family: Family): readonly string[] {
  if (any) return [loopback ? "all" : allAddresses];
  return [...addresses, ...(loopback ? [family === "ip" ? "127.0.0.1" : "::1"] : [])].sort(compareText);
}

function planned({ plan, port, frontend }: PlannedFrontend, detectLocal: DetectLocal): Served {
  const { outsiders, insiders, affinity, sources } = frontend;
  const lists = { outside: texts(port, outsiders), inside: texts(port, insiders) };
  const of = (client: Client): Treatment => {
    // If local pods cannot be recognized, they are treated like all other clients.
    const isInside = client === "this node" || (client === "local pods" && detectLocal.kind !== "none");
    const endpoints = isInside ? lists.inside : lists.outside;
    if (sources?.length === 0) return { kind: "dropped" };
    if (endpoints.length === 0) return { kind: ends[frontend.whenEmpty] };
    return { kind: "balanced", endpoints, isMasqueraded: isMasqueraded(frontend, isInside ? client : "outside") };
  };
  return {
    name: servicePortName(plan.service, port.port),
    clients: { outside: of("outside"), "local pods": of("local pods"), "this node": of("this node") },
    policy: outsiders === "local" ? "Local" : "Cluster",
    affinity: affinity === undefined ? "none" : `${affinity.timeoutSeconds} s`,
    sources: sources ?? "all",
    denied: frontend.denied,
  };
}

const ends = { refuse: "refused", drop: "dropped", pass: "left alone" } as const satisfies Record<
  FrontendPlan["whenEmpty"],
  Treatment["kind"]
>;

function texts(port: PlannedFrontend["port"], list: FrontendPlan["outsiders"]): readonly string[] {
  return listOf(port, list)
    .map(({ endpoint, port: number }) => endpointText(endpoint.address, number))
    .sort(compareText);
}

function isMasqueraded({ masquerade }: FrontendPlan, client: Client): boolean {
  switch (masquerade) {
    case "all":
      return true;
    case "none":
      return false;
    case "all but local pods":
      return client !== "local pods";
    case "this node":
      return client === "this node";
  }
}

function localPods(detectLocal: DetectLocal): readonly string[] {
  switch (detectLocal.kind) {
    case "none":
      return [];
    case "cidrs":
      return detectLocal.cidrs.toSorted(compareText);
    case "interface":
      return [`interface ${detectLocal.name}`];
    case "interfacePrefix":
      return [`interface ${detectLocal.prefix}+`];
  }
}

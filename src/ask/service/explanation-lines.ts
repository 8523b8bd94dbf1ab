import { familyName } from "../../model/address.ts";
import { type Column, columns, knownColumns, tableLines } from "../columns.ts";
import { shortened } from "../shortened.ts";
import type {
  ClientsExplanation,
  EndpointExplanation,
  FrontendExplanation,
  LoopbackExplanation,
  PortExplanation,
  ServiceExplanation,
} from "./explanation.ts";
import { findingLines } from "./finding-lines.ts";

/** An explanation for people. */
export function explanationLines(explained: ServiceExplanation): readonly string[] {
  const { service, type, node, zone } = explained;
  return [
    `Service ${service}, type ${type}, on node ${node}${zone === undefined ? "" : `, zone ${zone}`}`,
    ...factLines(explained).map((line) => `  ${line}`),
    ...explained.ports.flatMap((port) => ["", ...portLines(port)]),
    ...section("findings", findingLines(explained.findings)),
    ...section(
      "problems",
      explained.problems.map((each) => `  ${each}`),
    ),
  ];
}

/** What applies to all ports of a Service. */
export function factLines(explained: ServiceExplanation): readonly string[] {
  const { labels, internalTrafficPolicy, externalTrafficPolicy } = explained;
  const { affinitySeconds, balancing, healthCheckNodePort } = explained;
  return [
    ...(labels === undefined ? [] : [`labels ${labels}`]),
    `internalTrafficPolicy ${internalTrafficPolicy}, externalTrafficPolicy ${externalTrafficPolicy}`,
    ...(affinitySeconds === undefined
      ? []
      : [`session affinity: a client keeps its endpoint for ${affinitySeconds} s after its last connection`]),
    ...(balancing === undefined ? [] : [balancingLines[balancing]]),
    ...(healthCheckNodePort === undefined ? [] : [`health check node port ${healthCheckNodePort}`]),
  ];
}

const balancingLines = {
  "source-hash": "balancing source-hash: a hash of the client's address chooses its endpoint, the same on every node",
  "source-hash-port":
    "balancing source-hash-port: a hash of the client's address and port chooses its endpoint, the same on every node",
} as const;

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function portLines(explained: PortExplanation): readonly string[] {
  const { name, port, protocol, appProtocol, family, frontends, endpoints } = explained;
  const label = name === "" ? `port ${port}/${protocol}` : `port ${name} ${port}/${protocol}`;
  const app = appProtocol === undefined ? "" : `, appProtocol ${appProtocol}`;
  return [
    `${label}, ${familyName(family)}${app}`,
    ...columns([frontendHeadings, ...frontends.flatMap(frontendRows)], "  "),
    ...frontends.flatMap(sourceLines).map((line) => `  ${line}`),
    "",
    ...(endpoints.length === 0 ? ["  no endpoints"] : endpointTable(endpoints)),
  ];
}

export const frontendHeadings = ["FRONTEND", "KIND", "CLIENTS", "GET", "ENDPOINT SEES"];

/** One row, or one for each kind of clients if they differ. */
export function frontendRows({
  kind,
  addresses,
  port,
  owner,
  outsiders,
  insiders,
  masquerade,
  loopback,
}: FrontendExplanation): readonly (readonly string[])[] {
  const where =
    kind === "NodePort"
      ? `port ${port} of ${addresses.length === 0 ? "no address" : shortened(addresses)}`
      : `${addresses.join()} port ${port}`;
  if (owner !== undefined) return [[where, kind, "all", `not served here: ${owner} has it`, ""]];
  const loopbackRows = loopback === undefined ? [] : [loopbackRow(port, loopback)];
  if (outsiders.list === insiders.list)
    return [[where, kind, "all", fateText(outsiders), masqueradeTexts[masquerade].all], ...loopbackRows];
  return [
    [where, kind, "outside", fateText(outsiders), masqueradeTexts[masquerade].outside],
    ["", "", "this node and its pods", fateText(insiders), masqueradeTexts[masquerade].inside],
    ...loopbackRows,
  ];
}

function loopbackRow(port: number, { address, endpoints, fate }: LoopbackExplanation): readonly string[] {
  const isServed = fate === "passed on";
  const what = endpoints === 1 ? "1 endpoint" : `one of ${endpoints} endpoints`;
  return [
    `port ${port} of ${address}`,
    "NodePort",
    "this node",
    isServed ? `${what}, through the agent` : "refused",
    isServed ? "the node" : "",
  ];
}

/** Who may connect, if not everyone may. */
export function sourceLines({ kind, port, addresses, sources, denied }: FrontendExplanation): readonly string[] {
  const where = kind === "NodePort" ? `NodePort ${port}` : addresses.join();
  const accepted = sources?.length === 0 ? "nobody" : `only ${shortened(sources ?? [])}`;
  return [
    ...(sources === undefined ? [] : [`${where} accepts ${accepted}`]),
    ...(denied.length === 0 ? [] : [`${where} denies ${shortened(denied)}`]),
  ];
}

function fateText({ endpoints, fate }: ClientsExplanation): string {
  switch (fate) {
    case "balanced":
      return endpoints === 1 ? "1 endpoint" : `one of ${endpoints} endpoints`;
    case "refused":
      return "refused: no endpoint";
    case "dropped":
      return "dropped: no endpoint on this node";
    case "left alone":
      return "left alone: no endpoint on this node";
  }
}

/** The address that an endpoint sees: the client's own, or the node's. */
const masqueradeTexts = {
  all: { all: "the node", outside: "the node", inside: "the node" },
  none: { all: "the client", outside: "the client", inside: "the client" },
  "all but local pods": { all: "the node; pods here: the client", outside: "the node", inside: "the client" },
  "this node": { all: "the client", outside: "the client", inside: "pods: the client; the node: the node" },
} as const;

function endpointTable(endpoints: readonly EndpointExplanation[]): readonly string[] {
  return tableLines(knownColumns(endpointColumns, endpoints), endpoints, "  ");
}

export const endpointColumns: readonly Column<EndpointExplanation>[] = [
  ["ENDPOINT", ({ address, port }) => `${address} port ${port}`],
  ["POD", ({ pod }) => pod],
  ["NODE", ({ node, isLocal }) => (isLocal ? `${node} (here)` : node)],
  ["ZONE", ({ zone }) => zone],
  ["STATE", stateText],
  ["CLUSTER LIST", ({ cluster }) => cluster],
  ["LOCAL LIST", ({ local }) => local],
  ["SLICE", ({ slice }) => slice],
];

function stateText({ ready, serving, terminating }: EndpointExplanation): string {
  if (terminating) return serving ? "terminating, serving" : "terminating";
  return ready ? "ready" : "not ready";
}

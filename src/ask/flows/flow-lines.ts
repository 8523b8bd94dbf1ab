import { addressFamily } from "../../model/address.ts";
import { columns } from "../columns.ts";
import type { Place, ServiceFlow, Staleness } from "./service-flow.ts";

/** Connections as a table for people; columns without any known value are left out. */
export function flowLines(flows: readonly ServiceFlow[]): readonly string[] {
  const shown = cells.filter(({ of, isAlways }) => isAlways || flows.some((each) => of(each) !== undefined));
  return columns([shown.map(({ heading }) => heading), ...flows.map((each) => shown.map(({ of }) => of(each) ?? "-"))]);
}

/** A connection that has begun or ended, as a self-contained line. */
export function eventLine(kind: "new" | "ended", flow: ServiceFlow): string {
  const stale = flow.stale && `stale: ${reasons[flow.stale]}`;
  const told = [flow.servicePort ?? "-", pathText(flow), stateText(flow), bytesText(flow), stale];
  return [kind.padEnd(5), ...told.filter((each) => each !== undefined)].join("  ");
}

type Cell = {
  readonly heading: string;
  readonly of: (flow: ServiceFlow) => string | undefined;
  readonly isAlways?: true;
};

const cells: readonly Cell[] = [
  { heading: "SERVICE", of: ({ servicePort }) => servicePort, isAlways: true },
  { heading: "CLIENT", of: ({ client }) => placeText(client), isAlways: true },
  { heading: "FRONTEND", of: (flow) => `${placeText(flow.frontend)}/${flow.protocol}`, isAlways: true },
  { heading: "ENDPOINT", of: endpointText, isAlways: true },
  { heading: "POD", of: ({ pod }) => pod },
  { heading: "ENDPOINT SEES", of: ({ masqueradedAs }) => (masqueradedAs ? placeText(masqueradedAs) : "the client") },
  { heading: "STATE", of: stateText, isAlways: true },
  { heading: "AGE", of: ({ ageSeconds }) => durationText(ageSeconds) },
  { heading: "EXPIRES IN", of: ({ timeoutSeconds }) => durationText(timeoutSeconds) },
  { heading: "SENT/RECEIVED", of: bytesText },
  { heading: "LEADS NOWHERE", of: staleText },
];

function pathText(flow: ServiceFlow): string {
  const seen = flow.masqueradedAs === undefined ? "" : `, masqueraded as ${placeText(flow.masqueradedAs)}`;
  const pod = flow.pod === undefined ? "" : ` (${flow.pod})`;
  const frontend = `${placeText(flow.frontend)}/${flow.protocol}`;
  return `${placeText(flow.client)} -> ${frontend} -> ${endpointText(flow)}${pod}${seen}`;
}

/** `10.96.0.10:80` or `[fd00::10]:80`. */
function placeText({ address, port }: Place): string {
  return addressFamily(address) === "ip6" ? `[${address}]:${port}` : `${address}:${port}`;
}

function endpointText({ stale, endpoint }: ServiceFlow): string {
  return stale === "not translated" ? "none" : placeText(endpoint);
}

function stateText({ state, isAnswered }: ServiceFlow): string {
  if (isAnswered) return state ?? "answered";
  return state === undefined ? "unanswered" : `${state}, unanswered`;
}

/** `45s`, `12m`, `23h`, `4d`. */
function durationText(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined;
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

function bytesText({ bytes }: ServiceFlow): string | undefined {
  return bytes && `${bytes.sent}/${bytes.received} B`;
}

function staleText({ stale }: ServiceFlow): string | undefined {
  return stale && reasons[stale];
}

const reasons: Readonly<Record<Staleness, string>> = {
  "endpoint gone": "this is no longer an endpoint of the Service",
  "not translated": "it began before the rules, and bypasses them",
  "frontend gone": "no Service has this frontend any more",
};

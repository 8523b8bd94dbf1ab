import { familyName } from "../../model/address.ts";
import { columns } from "../columns.ts";
import type { ObservedStatus, RoundSummary, Status, TableStatus, Time } from "./status.ts";

/** The state of a node's agent on one screen. */
export function statusLines(status: Status): readonly string[] {
  return [...columns(statusRows(status)), ...status.warnings.map((warning) => `warning: ${warning}`)];
}

/** The text about each part. Names of subordinate parts begin with a space. */
export function statusRows(status: Status): readonly (readonly [string, string])[] {
  const { version, node, host, apiServer, tables, drift, services } = status;
  const ago = (time: Time) => `${durationText(Date.parse(status.now) - Date.parse(time))} ago`;
  const healthy = status.code === 200 ? "healthy" : "NOT HEALTHY";
  const { observed } = status;
  const observes = observed === undefined ? "" : " and ONLY OBSERVES";
  const setAside = tables.flatMap((table) => table.setAside.map(({ name }) => `${name} (${table.family})`));
  return [
    ["agent", `${healthy}${observes}, kube-nft ${version}, started ${ago(status.started)}`],
    ["node", nodeText(node)],
    ["host", `Linux ${host.kernel}, nft ${host.nft}${conntrackText(host.conntrack)}`],
    [
      "API server",
      `${apiServer.url} as ${apiServer.identity}${apiServer.failure === undefined ? "" : `: has not answered for ${durationText(Date.parse(status.now) - Date.parse(apiServer.failure.since))}`}`,
    ],
    ...apiServer.watches.map(
      ({ resource, state, heard }) =>
        [`  ${resource}`, `${state}${heard === undefined ? "" : `, heard ${ago(heard)}`}`] as const,
    ),
    ...(observed === undefined
      ? [...tables.flatMap((table) => tableRows(table, ago)), driftRow(drift, ago)]
      : observedRows(observed, ago)),
    ["Services", `${services.count}, with ${services.endpoints} endpoints in ${services.slices} slices`],
    ["  without endpoints", withoutText(services)],
    ["  set aside", setAside.length === 0 ? "none" : shortened(setAside, setAside.length)],
    ["  in conflict", namesText(services.denied)],
    ["  not as specified", namesText(services.notAsSpecified)],
    ...loopbackRows(status.loopback),
  ];
}

function driftRow({ last, count }: Status["drift"], ago: (time: Time) => string): readonly [string, string] {
  const times =
    last && `${count} times, last ${ago(last.at)} by ${last.program} (pid ${last.pid}) in table ${last.family}`;
  return ["drift", times ?? "none since the agent started"];
}

function observedRows(
  { tables, verified }: ObservedStatus,
  ago: (time: Time) => string,
): readonly (readonly [string, string])[] {
  return [
    ...tables.map(({ family, isThere, chains, sets, elements }) => {
      const now = isThere ? "" : "; there is none now that can be read";
      const changes = `${chains} chains, ${sets} sets and ${elements} elements`;
      return [`table ${family}`, `writes nothing; would change ${changes}${now} (${familyName(family)})`] as const;
    }),
    [
      "  verified",
      verified === undefined
        ? "not yet"
        : `${verified.packets} packets ${ago(verified.at)}: ${verified.differences.length === 0 ? "all as planned" : verified.differences.join("; ")}`,
    ],
  ];
}

function nodeText({ name, zone, addresses, ineligibility }: Status["node"]): string {
  const eligible = ineligibility === undefined ? "" : `; load balancers are told not to use it: ${ineligibility}`;
  return `${[name, ...(zone === undefined ? [] : [`zone ${zone}`]), ...addresses].join(", ")}${eligible}`;
}

function conntrackText(conntrack: Status["host"]["conntrack"]): string {
  if (conntrack === undefined) return "";
  const { count, max } = conntrack;
  return `, tracks ${count} of ${max} connections (${Math.round((100 * count) / max)} %)`;
}

function tableRows(
  { family, isHealthy, kernel, lastRound, lastFailure }: TableStatus,
  ago: (time: Time) => string,
): readonly (readonly [string, string])[] {
  return [
    [
      `table ${family}`,
      `${isHealthy ? "up to date" : "NOT up to date"}, the kernel is ${kernelTexts[kernel]} (${familyName(family)})`,
    ],
    ["  last round", lastRound === undefined ? "none yet" : `${ago(lastRound.began)}: ${roundText(lastRound)}`],
    ["  last failure", lastFailure === undefined ? "none" : `${ago(lastFailure.at)}: ${lastFailure.message}`],
  ];
}

const kernelTexts = {
  "as desired": "as desired",
  changing: "being changed",
  unknown: "not known to be as desired",
} as const;

export function roundText({ kind, causes, elements, services, milliseconds }: RoundSummary): string {
  const about = services === 1 ? "1 Service" : `${services} Services`;
  return `${kind}, ${about}, ${elements} elements in ${milliseconds} ms (${causes.join(", ")})`;
}

function withoutText({ lostEndpoints, neverHadEndpoints }: Status["services"]): string {
  if (lostEndpoints.count + neverHadEndpoints.count === 0) return "none";
  const lost =
    lostEndpoints.count === 0
      ? []
      : [`${lostEndpoints.count} that had some (${shortened(lostEndpoints.first, lostEndpoints.count)})`];
  const never =
    neverHadEndpoints.count === 0
      ? []
      : [
          `${neverHadEndpoints.count} since the agent started (${shortened(neverHadEndpoints.first, neverHadEndpoints.count)})`,
        ];
  return [...lost, ...never].join("; ");
}

function loopbackRows({ ports, connections, failures }: Status["loopback"]): readonly (readonly [string, string])[] {
  if (ports + connections + failures.length === 0) return [];
  const closed = failures.map(({ at, service }) => `${service} at ${at}`);
  const open = `${ports} NodePorts are open, ${connections} connections are passed on`;
  const failed = closed.length === 0 ? "" : `; cannot be opened: ${shortened(closed, closed.length)}`;
  return [["loopback", `${open}${failed}`]];
}

function namesText({ count, first }: Status["services"]["denied"]): string {
  return count === 0 ? "none" : `${count}: ${shortened(first, count)}`;
}

function shortened(first: readonly string[], count: number): string {
  const shown = first.slice(0, 3);
  return `${shown.join(", ")}${count > shown.length ? ` and ${count - shown.length} more` : ""}`;
}

/** `12 s`, `5 min`, `3 h`, `4 d` */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

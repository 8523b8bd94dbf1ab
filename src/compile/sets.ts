import { type Protocol, protocols } from "../model/port.ts";
import type { NamedSet, SetField } from "../nft/ruleset.ts";
import type { Frontend } from "./frontends.ts";

/** A set without its elements. */
export type SetDeclaration = Omit<NamedSet, "elements">;

/**
 * Every set and map that a table can have, in the order in which they are printed. The cluster is in their elements.
 *
 * What has to do with endpoints has one map a protocol: with `th dport` in a typeof, nft 1.0.6 takes a rule for such a
 * map only in the transaction that makes the map.
 */
export function setDeclarations(counters: boolean): readonly SetDeclaration[] {
  const counter = counters ? { counter: true } : {};
  return [
    { name: "services", key: anyFrontend, value: "verdict", ...counter },
    { name: "node-ports", key: anyNodePort, value: "verdict", ...counter },
    { name: "no-endpoints", key: anyFrontend, value: "verdict" },
    { name: "node-ports-no-endpoints", key: anyNodePort, value: "verdict" },
    ...protocols.flatMap((protocol) => [
      set(endpointsMap("address", protocol), [...frontend(protocol), slot], target(protocol)),
      set(endpointsMap("nodePort", protocol), [dport(protocol), slot], target(protocol)),
    ]),
    ...protocols.flatMap((protocol) => [
      set(stickySet("address", protocol), frontend(protocol)),
      set(stickySet("nodePort", protocol), [dport(protocol)]),
      set(stickyEndpointsMap("address", protocol), [...frontend(protocol), ...target(protocol)], "verdict"),
      set(stickyEndpointsMap("nodePort", protocol), [dport(protocol), ...target(protocol)], "verdict"),
      {
        ...set(affinityMap(protocol), [saddr, ...frontend(protocol)], target(protocol)),
        flag: "dynamic" as const,
        size: affinityMapSize,
      },
    ]),
    set("cluster-ips", [daddr]),
    set("hairpin", [saddr, daddr]),
    set("node-port-ips", [daddr]),
    set("firewalled", anyFrontend),
    { ...set("allowed-sources", [...anyFrontend, saddr]), flag: "interval" },
    { ...set("pod-cidrs", [saddr]), flag: "interval" },
    { ...set("service-cidrs", [daddr]), flag: "interval" },
  ];
}

/** The clients that a protocol's sticky frontends can remember together; further ones are balanced like any. */
const affinityMapSize = 262144;

/** Frontend and slot to endpoint. */
export function endpointsMap(kind: Frontend["kind"], protocol: Protocol): string {
  return `${infix(kind)}endpoints-${protocol}`;
}

/** Client and frontend to the endpoint that the client had last. */
export function affinityMap(protocol: Protocol): string {
  return `affinity-${protocol}`;
}

/** The frontends that have session affinity. */
export function stickySet(kind: Frontend["kind"], protocol: Protocol): string {
  return `sticky-${infix(kind)}frontends-${protocol}`;
}

/** Frontend and endpoint to the chain that remembers the client. */
export function stickyEndpointsMap(kind: Frontend["kind"], protocol: Protocol): string {
  return `sticky-${infix(kind)}endpoints-${protocol}`;
}

export function dispatchMap(kind: Frontend["kind"]): string {
  return kind === "nodePort" ? "node-ports" : "services";
}

export function noEndpointsMap(kind: Frontend["kind"]): string {
  return kind === "nodePort" ? "node-ports-no-endpoints" : "no-endpoints";
}

function infix(kind: Frontend["kind"]): string {
  return kind === "nodePort" ? "node-port-" : "";
}

function set(name: string, key: readonly SetField[], value?: SetDeclaration["value"]): SetDeclaration {
  return { name, key, value };
}

const saddr: SetField = { kind: "saddr" };
const daddr: SetField = { kind: "daddr" };
const slot: SetField = { kind: "slot" };
const anyNodePort: readonly SetField[] = [{ kind: "l4proto" }, { kind: "dport" }];
const anyFrontend: readonly SetField[] = [daddr, ...anyNodePort];

function dport(protocol: Protocol): SetField {
  return { kind: "dport", protocol };
}

function frontend(protocol: Protocol): readonly SetField[] {
  return [daddr, dport(protocol)];
}

function target(protocol: Protocol): readonly SetField[] {
  return [daddr, dport(protocol)];
}

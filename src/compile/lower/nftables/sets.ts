import { type Protocol, protocols } from "../../../model/port.ts";
import { portsOf } from "../../../nft/port-range.ts";
import type { ElementTuple, NamedSet, SetField } from "../../../nft/ruleset.ts";
import { type Frontend, type FrontendKey, frontendKeyOf } from "../../plan/frontends.ts";
import { allRefusals, type Refusal, refusalKeys } from "./refusals.ts";

/** A set without its elements. */
export type SetDeclaration = Omit<NamedSet, "elements">;

/** One of the sets and maps that a table can have. The cluster is in their elements. */
export type SetRow = SetDeclaration & {
  /**
   * What fills it: one frontend for each element; elements that several Services may share; the node and the
   * configuration; or packets.
   */
  readonly filledBy: "frontend" | "services" | "settings" | "packets";
  /** For a set that frontends fill: the frontend of an element. The elements of one frontend make sense only together. */
  readonly frontendOf?: (key: ElementTuple) => FrontendKey;
  /** A rule acts on sources outside all of its ranges, so it must be filled before a frontend leads to that rule. */
  readonly isFilledFirst?: true;
};

type Kind = Frontend["kind"];

/** The sets that a frontend of a kind and protocol has elements in. */
export type FrontendSets = {
  /** Frontend to the chain of its shape. */
  readonly dispatch: string;
  /** Frontend to the chain of the list for local pods and this node, if they have their own list. */
  readonly shortCircuits: string;
  /** Frontends without an endpoint for outsiders, to the verdict on their packets. */
  readonly noEndpoints: string;
  /** Frontend and slot to endpoint. */
  readonly endpoints: string;
  /** The frontends that have an endpoint for outsiders: untranslated packets to them have slipped through. */
  readonly served: string;
  /** Frontends that only some sources may connect to, with these sources. */
  readonly firewalled: string;
  readonly allowedSources: string;
  /** Frontends with the sources that may not connect. */
  readonly deniedSources: string;
  /** The frontends that have session affinity. */
  readonly stickyFrontends: string;
  /** Frontend and endpoint to the chain that remembers the client. */
  readonly stickyEndpoints: string;
};

const infixes: Readonly<Record<Kind, string>> = { address: "", nodePort: "node-port-" };

const setsOf = (kind: Kind, protocol: Protocol): FrontendSets => ({
  dispatch: kind === "address" ? "services" : "node-ports",
  shortCircuits: `${infixes[kind]}short-circuits`,
  noEndpoints: kind === "address" ? "no-endpoints" : "node-ports-no-endpoints",
  served: `${infixes[kind]}served`,
  firewalled: `firewalled-${infixes[kind]}${protocol}`,
  allowedSources: `allowed-${infixes[kind]}sources-${protocol}`,
  deniedSources: `denied-${infixes[kind]}sources-${protocol}`,
  endpoints: `${infixes[kind]}endpoints-${protocol}`,
  stickyFrontends: `sticky-${infixes[kind]}frontends-${protocol}`,
  stickyEndpoints: `sticky-${infixes[kind]}endpoints-${protocol}`,
});

const byProtocol = (kind: Kind) => ({
  tcp: setsOf(kind, "tcp"),
  udp: setsOf(kind, "udp"),
  sctp: setsOf(kind, "sctp"),
});

export const frontendSets: Readonly<Record<Kind, Readonly<Record<Protocol, FrontendSets>>>> = {
  address: byProtocol("address"),
  nodePort: byProtocol("nodePort"),
};

/** The frontends on this node's own addresses: they win over a NodePort with the same number. */
export function onNodeSet(protocol: Protocol): string {
  return `on-node-${protocol}`;
}

/** Client and frontend to the endpoint that the client had last. */
export function affinityMap(protocol: Protocol): string {
  return `affinity-${protocol}`;
}

/** The number of clients that a protocol's sticky frontends can remember together; further ones are balanced normally. */
export const affinityMapSize = 262144;

const saddr: SetField = { kind: "saddr" };
const daddr: SetField = { kind: "daddr" };
const slot: SetField = { kind: "slot" };
const l4proto: SetField = { kind: "l4proto" };
const anyDport: SetField = { kind: "dport" };

/**
 * The positions of a frontend's address, protocol and port in a key; a number is a position, a text the protocol itself.
 */
type KeyPlaces = { readonly address?: number; readonly protocol: number | Protocol; readonly port: number };

function frontendOf({ address, protocol, port }: KeyPlaces) {
  return (key: ElementTuple): FrontendKey =>
    frontendKeyOf(
      address === undefined ? undefined : String(key[address]),
      typeof protocol === "number" ? String(key[protocol]) : protocol,
      // A range of ports belongs to the frontend of its first port.
      portsOf(key[port])?.[0] ?? "",
    );
}

/** The keys of a kind of frontend: of any protocol, as fields and as positions, and of one protocol. */
const keys = {
  address: {
    any: { fields: [daddr, l4proto, anyDport], frontendOf: frontendOf({ address: 0, protocol: 1, port: 2 }) },
    of: (protocol: Protocol) => ({
      fields: [daddr, { kind: "dport", protocol } as const],
      frontendOf: frontendOf({ address: 0, protocol, port: 1 }),
    }),
  },
  nodePort: {
    any: { fields: [l4proto, anyDport], frontendOf: frontendOf({ protocol: 0, port: 1 }) },
    of: (protocol: Protocol) => ({
      fields: [{ kind: "dport", protocol } as const],
      frontendOf: frontendOf({ protocol, port: 0 }),
    }),
  },
} as const;

const kinds: readonly Kind[] = ["address", "nodePort"];

/** In the order in which they are printed. `services` and `node-ports` may count the packets that match each element. */
const rows: readonly SetRow[] = [
  ...kinds.map((kind) => anyProtocolRow(frontendSets[kind].tcp.dispatch, kind)),
  ...kinds.map((kind) => anyProtocolRow(frontendSets[kind].tcp.shortCircuits, kind)),
  ...kinds.map((kind) => anyProtocolRow(frontendSets[kind].tcp.noEndpoints, kind)),
  ...kinds.map((kind): SetRow => ({ ...anyProtocolRow(frontendSets[kind].tcp.served, kind), value: undefined })),
  ...protocols.flatMap((protocol) =>
    kinds.map((kind) => protocolRow("endpoints", kind, protocol, [slot], endpoint(protocol))),
  ),
  ...protocols.flatMap((protocol): readonly SetRow[] => [
    ...kinds.map((kind) => protocolRow("stickyFrontends", kind, protocol, [], undefined)),
    ...kinds.map((kind) => protocolRow("stickyEndpoints", kind, protocol, endpoint(protocol), "verdict")),
    {
      name: affinityMap(protocol),
      key: [saddr, ...keys.address.of(protocol).fields],
      value: endpoint(protocol),
      flag: "dynamic",
      size: affinityMapSize,
      filledBy: "packets",
    },
  ]),
  { name: "cluster-ips", key: [daddr], value: undefined, filledBy: "services" },
  { name: "hairpin", key: [saddr, daddr], value: undefined, filledBy: "services" },
  { name: "host-endpoints", key: endpoint("tcp"), value: undefined, filledBy: "services" },
  { name: "node-port-ips", key: [daddr], value: undefined, filledBy: "settings" },
  ...protocols.flatMap((protocol): readonly SetRow[] => [
    ...kinds.flatMap((kind): readonly SetRow[] => [
      protocolRow("firewalled", kind, protocol, [], undefined),
      { ...protocolRow("allowedSources", kind, protocol, [saddr], undefined), flag: "interval" },
      { ...protocolRow("deniedSources", kind, protocol, [saddr], undefined), flag: "interval" },
    ]),
    { ...protocolRow("firewalled", "address", protocol, [], undefined), name: onNodeSet(protocol) },
  ]),
  { name: "pod-cidrs", key: [saddr], value: undefined, flag: "interval", filledBy: "settings", isFilledFirst: true },
  { name: "pod-networks", key: [daddr], value: undefined, flag: "interval", filledBy: "settings" },
  { name: "other-cluster-ips", key: [daddr], value: undefined, filledBy: "settings" },
  { name: "service-cidrs", key: [daddr], value: undefined, flag: "interval", filledBy: "settings" },
  ...allRefusals.map(refusalRow),
];

const dispatchMaps: ReadonlySet<string> = new Set(kinds.map((kind) => frontendSets[kind].tcp.dispatch));

/**
 * Every set and map that a table can have.
 *
 * Maps with endpoints exist once per protocol: with `th dport` in a typeof, nft 1.0.6 accepts a rule for such a map only
 * in the transaction that creates the map. And nft 1.0.6 writes a protocol in an interval set's key in a way that newer
 * kernels refuse.
 *
 * @param counters whether the kernel counts the new connections of each frontend, and refused packets
 */
export function setDeclarations(counters: boolean): readonly SetDeclaration[] {
  return rows
    .filter(({ name }) => counters || !isRefusalSet(name))
    .map(({ filledBy, frontendOf, isFilledFirst, ...declaration }) =>
      counters && dispatchMaps.has(declaration.name) ? { ...declaration, counter: true } : declaration,
    );
}

/** Whether a set counts refused packets. */
export function isRefusalSet(set: string): boolean {
  return refusalSets.has(set);
}

const refusalSets: ReadonlySet<string> = new Set(allRefusals.map(({ set }) => set));

const rowsByName: ReadonlyMap<string, SetRow> = new Map(rows.map((row) => [row.name, row]));

/** The frontend of an element; undefined if the elements of that set belong to none. */
export function frontendOfElement(set: string, key: ElementTuple): FrontendKey | undefined {
  return rowsByName.get(set)?.frontendOf?.(key);
}

/** What fills a set; undefined for one that is not ours. */
export function filledBy(set: string): SetRow["filledBy"] | undefined {
  return rowsByName.get(set)?.filledBy;
}

/** Whether a new set is filled in a transaction before the frontends. */
export function isFilledFirst(set: string): boolean {
  return rowsByName.get(set)?.isFilledFirst === true;
}

function anyProtocolRow(name: string, kind: Kind): SetRow {
  const { fields, frontendOf } = keys[kind].any;
  return { name, key: fields, value: "verdict", filledBy: "frontend", frontendOf };
}

function protocolRow(
  role: "endpoints" | "stickyFrontends" | "stickyEndpoints" | "firewalled" | "allowedSources" | "deniedSources",
  kind: Kind,
  protocol: Protocol,
  more: readonly SetField[],
  value: SetRow["value"],
): SetRow {
  const { fields, frontendOf } = keys[kind].of(protocol);
  return {
    name: frontendSets[kind][protocol][role],
    key: [...fields, ...more],
    value,
    filledBy: "frontend",
    frontendOf,
  };
}

function refusalRow({ of, set }: Refusal): SetRow {
  const row: SetRow = { name: set, key: refusalKeys[of], value: undefined, flag: "dynamic", filledBy: "packets" };
  return of === "clusterIP" ? row : { ...row, frontendOf: keys[of].any.frontendOf };
}

function endpoint(protocol: Protocol): readonly SetField[] {
  return [daddr, { kind: "dport", protocol }];
}

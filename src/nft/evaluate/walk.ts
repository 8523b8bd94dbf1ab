import type { Chain, Hook } from "../ruleset.ts";
import { type Fraction, one } from "./fraction.ts";
import type { Effect, Found, Refusal, Result, Step } from "./outcome.ts";
import type { Conntrack, Endpoint, Packet } from "./packet.ts";
import type { BaseChain } from "./route.ts";

/** A packet on its way: what the rules have made of it, and where it is. Where chance decides, each way is a copy. */
export type Walk = {
  readonly probability: Fraction;
  protocol: Packet["protocol"];
  saddr: string;
  daddr: string;
  dport: number;
  /** Empty for what a process of this node sends. */
  iifname: string;
  mark: number;

  ctState: Conntrack["kind"] | "related";
  /** Where the first packet of its connection was sent; undefined if it belongs to none. */
  readonly original: Endpoint | undefined;
  /** Where its connection leads, if that is translated. */
  endpoint: Endpoint | undefined;
  /** `ct status dnat`: translated, and not to where it was sent anyway. */
  isTranslated: boolean;
  isMasqueraded: boolean;
  /** NAT of the connection's destination, or source, has been decided, even if that changes nothing. */
  isBound: Readonly<Record<"destination" | "source", boolean>>;
  /** The packet was refused like this, and what walks on is the refusal. */
  refusal: Refusal | undefined;

  steps: readonly Step[];
  effects: readonly Effect[];

  hook: Hook["hook"] | undefined;
  /** The base chains of the hook that are still to come. */
  bases: readonly BaseChain[];
  place: Place;
  /** The next statement of the rule. */
  statement: number;
  /** What the rule has found so far. */
  found: readonly Found[];
};

/** A rule in a chain. */
export type Place = {
  readonly chain: Chain;
  readonly index: number;
  /** Where to go on when the chain ends; undefined: in the next base chain. */
  readonly caller: Place | undefined;
  /** Jumps and gotos since the base chain. */
  readonly depth: number;
};

/** The end of a base chain. */
export const outside: Place = { chain: { name: "", rules: [] }, index: 0, caller: undefined, depth: 0 };

export function start({ protocol, saddr, daddr, dport, iifname = "", mark = 0, conntrack }: Packet): Walk {
  const { kind } = conntrack;
  const connection = kind === "established" ? conntrack : undefined;
  const endpoint = connection?.endpoint;
  return {
    probability: one,
    protocol,
    saddr,
    daddr,
    dport,
    iifname,
    mark,
    ctState: kind,
    original: kind === "new" || kind === "established" ? { address: daddr, port: dport } : undefined,
    endpoint,
    isTranslated: endpoint !== undefined && (endpoint.address !== daddr || endpoint.port !== dport),
    isMasqueraded: connection?.isMasqueraded ?? false,
    isBound: { destination: kind !== "new", source: kind !== "new" },
    refusal: undefined,
    steps: [],
    effects: [],
    hook: undefined,
    bases: [],
    place: outside,
    statement: 0,
    found: [],
  };
}

export function translate(walk: Walk, endpoint: Endpoint): void {
  walk.endpoint = endpoint;
  walk.isTranslated = endpoint.address !== walk.daddr || endpoint.port !== walk.dport;
  redirect(walk);
}

/** Sends the packet where its connection leads. */
export function redirect(walk: Walk): void {
  walk.daddr = walk.endpoint?.address ?? walk.daddr;
  walk.dport = walk.endpoint?.port ?? walk.dport;
}

/** A refusal belongs to the connection that it refuses, and meets the rules as all do that this node sends. */
export function refuse(walk: Walk, refusal: Refusal): void {
  const { saddr, daddr } = walk;
  walk.refusal = refusal;
  walk.protocol = refusal.with === "tcp reset" ? "tcp" : "icmp";
  walk.saddr = daddr;
  walk.daddr = saddr;
  walk.dport = 0;
  walk.iifname = "";
  walk.mark = 0;
  walk.ctState = walk.original ? "related" : "invalid";
  walk.endpoint = undefined;
  walk.isMasqueraded = false;
  walk.hook = undefined;
  walk.bases = [];
  goTo(walk, outside);
}

/** What has become of a packet that has met all rules. The client takes a refusal only from where it sent to. */
export function result({ refusal, endpoint, isMasqueraded }: Walk): Result {
  if (refusal === undefined) return { kind: "accepted", endpoint, isMasqueraded };
  return isMasqueraded ? { kind: "dropped" } : refusal;
}

export function goTo(walk: Walk, place: Place): void {
  walk.place = place;
  walk.statement = 0;
  walk.found = [];
}

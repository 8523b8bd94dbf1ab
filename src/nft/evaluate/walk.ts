import type { TCPFlag } from "../rule.ts";
import type { Chain, Hook } from "../ruleset.ts";
import { type Fraction, one } from "./fraction.ts";
import type { Effect, Found, Refusal, Result, Step } from "./outcome.ts";
import type { Conntrack, Endpoint, Packet } from "./packet.ts";

/** A packet on its way: what the rules have made of it, and where it is. Where chance decides, each way is a copy. */
export type Walk = {
  readonly probability: Fraction;
  protocol: Packet["protocol"];
  saddr: string;
  daddr: string;
  dport: number;
  flags: readonly TCPFlag[];
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
  /** `ct status confirmed`: a packet of its connection has met all rules. */
  isConfirmed: boolean;
  isMasqueraded: boolean;
  /** NAT of the connection's destination has been decided, even if that changes nothing. */
  isDestinationBound: boolean;
  isSourceBound: boolean;
  /** The packet was refused like this, and what walks on is the refusal. */
  refusal: Refusal | undefined;

  readonly steps: Step[];
  readonly effects: Effect[];

  hook: Hook["hook"] | undefined;
  /** How many of the hook's base chains have been entered, or passed by. */
  bases: number;
  chain: Chain;
  /** The rule's place in the chain, and the next statement's in the rule. */
  rule: number;
  statement: number;
  /** Where to go on when the chain ends; undefined: in the next base chain. */
  caller: Caller | undefined;
  /** Jumps and gotos since the base chain. */
  depth: number;
  /** What the rule has found so far. */
  found: readonly Found[];
};

export type Caller = Pick<Walk, "chain" | "rule" | "depth" | "caller">;

const noneFound: Walk["found"] = [];
const noChain: Chain = { name: "", rules: [] };

export function start({ protocol, saddr, daddr, dport, flags, iifname = "", mark = 0, conntrack }: Packet): Walk {
  const { kind } = conntrack;
  const connection = kind === "established" ? conntrack : undefined;
  const endpoint = connection?.endpoint;
  return {
    probability: one,
    protocol,
    saddr,
    daddr,
    dport,
    flags: flags ?? (kind === "new" ? ["syn"] : []),
    iifname,
    mark,
    ctState: kind,
    original: kind === "new" || kind === "established" ? { address: daddr, port: dport } : undefined,
    endpoint,
    isTranslated: endpoint !== undefined && (endpoint.address !== daddr || endpoint.port !== dport),
    isConfirmed: connection !== undefined,
    isMasqueraded: connection?.isMasqueraded ?? false,
    isDestinationBound: kind !== "new",
    isSourceBound: kind !== "new",
    refusal: undefined,
    steps: [],
    effects: [],
    hook: undefined,
    bases: 0,
    chain: noChain,
    rule: 0,
    statement: 0,
    caller: undefined,
    depth: 0,
    found: noneFound,
  };
}

/** The same packet at the same place, which may go another way, with a part of its probability. */
export function branch(walk: Walk, probability: Fraction): Walk {
  return { ...walk, probability, steps: [...walk.steps], effects: [...walk.effects] };
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
  walk.flags = ["rst"];
  walk.iifname = "";
  walk.mark = 0;
  walk.ctState = walk.original ? "related" : "invalid";
  walk.endpoint = undefined;
  walk.isMasqueraded = false;
  walk.hook = undefined;
  leaveBaseChain(walk);
}

/** What has become of a packet that has met all rules. The client takes a refusal only from where it sent to. */
export function resultOf({ refusal, endpoint, isMasqueraded }: Walk): Result {
  if (refusal === undefined) return { kind: "accepted", endpoint, isMasqueraded };
  return isMasqueraded ? { kind: "dropped" } : refusal;
}

export function goTo(walk: Walk, chain: Chain, rule: number): void {
  walk.chain = chain;
  walk.rule = rule;
  walk.statement = 0;
  walk.found = noneFound;
}

/** Goes to the end of the base chain. */
export function leaveBaseChain(walk: Walk): void {
  walk.caller = undefined;
  goTo(walk, noChain, 0);
}

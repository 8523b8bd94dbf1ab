import type { TCPFlag } from "../rule.ts";
import type { Chain, Hook } from "../ruleset.ts";
import { type Fraction, one } from "./fraction.ts";
import type { Effect, Found, Refusal, Result, Step } from "./outcome.ts";
import type { Conntrack, Endpoint, Packet } from "./packet.ts";

/** A packet in transit: what the rules have done to it, and where it is. Each random choice makes a copy. */
export type Walk = {
  readonly probability: Fraction;
  protocol: Packet["protocol"];
  saddr: string;
  daddr: string;
  dport: number;
  /** Undefined if that is not known. */
  readonly sport: number | undefined;
  flags: readonly TCPFlag[];
  /** Empty if a process of this node sends the packet. */
  iifname: string;
  mark: number;

  ctState: Conntrack["kind"] | "related";
  /** Where the first packet of its connection was sent; undefined if it belongs to none. */
  readonly original: Endpoint | undefined;
  /** Where its connection goes, if it is translated. */
  endpoint: Endpoint | undefined;
  /** `ct status dnat`: translated to a destination that differs from the original. */
  isTranslated: boolean;
  /** `ct status confirmed`: a packet of its connection has passed all rules. */
  isConfirmed: boolean;
  isMasqueraded: boolean;
  /** NAT of the connection's destination has been decided, even if that changes nothing. */
  isDestinationBound: boolean;
  isSourceBound: boolean;
  /** How the packet was rejected. From here on, this is the path of the reject packet. */
  refusal: Refusal | undefined;

  readonly steps: Step[];
  readonly effects: Effect[];

  hook: Hook["hook"] | undefined;
  /** How many of the hook's base chains have been entered or skipped. */
  bases: number;
  chain: Chain;
  /** The index of the rule in the chain, and of the next statement in the rule. */
  rule: number;
  statement: number;
  /** Where to continue when the chain ends; undefined: in the next base chain. */
  caller: Caller | undefined;
  /** Jumps and gotos since the base chain. */
  depth: number;
  /** What the rule has found so far. */
  found: readonly Found[];
};

export type Caller = Pick<Walk, "chain" | "rule" | "depth" | "caller">;

const noneFound: Walk["found"] = [];
const noChain: Chain = { name: "", rules: [] };

export function start({
  protocol,
  saddr,
  daddr,
  dport,
  sport,
  flags,
  iifname = "",
  mark = 0,
  conntrack,
}: Packet): Walk {
  const { kind } = conntrack;
  const connection = kind === "established" ? conntrack : undefined;
  const endpoint = connection?.endpoint;
  return {
    probability: one,
    protocol,
    saddr,
    daddr,
    dport,
    sport,
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

/** A copy of the packet at the same place, with a share of its probability. */
export function branch(walk: Walk, probability: Fraction): Walk {
  return { ...walk, probability, steps: [...walk.steps], effects: [...walk.effects] };
}

export function translate(walk: Walk, endpoint: Endpoint): void {
  walk.endpoint = endpoint;
  walk.isTranslated = endpoint.address !== walk.daddr || endpoint.port !== walk.dport;
  redirect(walk);
}

/** Sends the packet to where its connection goes. */
export function redirect(walk: Walk): void {
  walk.daddr = walk.endpoint?.address ?? walk.daddr;
  walk.dport = walk.endpoint?.port ?? walk.dport;
}

/** A reject packet belongs to the rejected connection, and passes the rules like every packet that this node sends. */
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

/** The result of a packet that has passed all rules. The client only accepts a reject packet from the address it sent to. */
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

/** Skips to the end of the base chain. */
export function leaveBaseChain(walk: Walk): void {
  walk.caller = undefined;
  goTo(walk, noChain, 0);
}

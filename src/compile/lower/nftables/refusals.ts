import type { Field, Rule } from "../../../nft/rule.ts";
import type { Chain, Verdict } from "../../../nft/ruleset.ts";
import type { Frontend } from "../../plan/frontends.ts";

/**
 * Why packets to Services are refused or dropped. `slip`: their frontend has endpoints, but they are untranslated.
 * `loopback`: they are for a NodePort at a loopback address, which serves TCP only.
 */
export type RefusalReason = (typeof refusalReasons)[number];

export const refusalReasons = [
  "no endpoints",
  "policy Local",
  "source range",
  "unknown port",
  "slip",
  "loopback",
] as const;

/** What is refused: packets to frontends of a kind, or to ports that a ClusterIP does not have. */
export type Refused = Frontend["kind"] | "clusterIP";

/** A place where packets are refused. If they are counted, they go to its chain, which counts them in its set. */
export type Refusal = {
  readonly of: Refused;
  readonly reason: RefusalReason;
  readonly chain: string;
  readonly set: string;
  /** `refuse`: their clients are notified. */
  readonly end: "refuse" | "drop";
};

/** The chain that tells a client that nobody listens. */
export const refuseChainName = "refuse";

export const refusals = {
  address: {
    noEndpoints: refusal("address", "no endpoints", "refuse"),
    policyLocal: refusal("address", "policy Local", "drop"),
    sourceRange: refusal("address", "source range", "drop"),
    slip: refusal("address", "slip", "drop"),
  },
  nodePort: {
    noEndpoints: refusal("nodePort", "no endpoints", "refuse"),
    policyLocal: refusal("nodePort", "policy Local", "drop"),
    sourceRange: refusal("nodePort", "source range", "drop"),
    slip: refusal("nodePort", "slip", "drop"),
    loopback: refusal("nodePort", "loopback", "refuse"),
  },
  clusterIP: { unknownPort: refusal("clusterIP", "unknown port", "refuse") },
} as const;

export const allRefusals: readonly Refusal[] = Object.values(refusals).flatMap((some) => Object.values<Refusal>(some));

function refusal(of: Refused, reason: RefusalReason, end: Refusal["end"]): Refusal {
  const name = `${of === "nodePort" ? "node-port-" : ""}${reason.toLowerCase().replace(" ", "-")}`;
  return { of, reason, chain: `${end}-${name}`, set: `${end === "drop" ? "dropped" : "refused"}-${name}`, end };
}

/** The destination of refused packets. */
export function refusalVerdict({ chain, end }: Refusal, isCounted: boolean): Verdict {
  return isCounted ? { kind: "goto", chain } : endVerdict(end);
}

/** Whether clients are notified when their packets are refused for a reason. */
export function isTold(reason: RefusalReason): boolean {
  return allRefusals.some((each) => each.reason === reason && each.end === "refuse");
}

/** Whether an element that refuses packets notifies their clients. */
export function isToldBy(verdict: Verdict): boolean {
  if (verdict.kind !== "goto") return false;
  const { chain } = verdict;
  return chain === refuseChainName || allRefusals.some((each) => each.chain === chain && each.end === "refuse");
}

/**
 * The chain that counts packets before it refuses them.
 *
 * Only packets fill its set, so nothing else pays for it: a counter takes memory for each processor, and the sets of
 * frontends have ten thousand elements. The count also stays when a frontend gets endpoints. If the set is full, packets
 * are refused uncounted.
 */
export function refusalChain({ of, reason, chain, set, end }: Refusal): Chain {
  const rules: readonly Rule[] = [
    [{ kind: "count", set, key: refusalKeys[of], timeoutSeconds: keptSeconds }],
    [endVerdict(end)],
  ];
  return { name: chain, note: `count these packets: ${reason}`, rules };
}

/** A count ends when it has not grown for this long. */
const keptSeconds = 3600;

/** The client chooses the port, which the ClusterIP does not have, so it is not part of the key. */
export const refusalKeys = {
  address: [{ kind: "daddr" }, { kind: "l4proto" }, { kind: "dport" }],
  nodePort: [{ kind: "l4proto" }, { kind: "dport" }],
  clusterIP: [{ kind: "daddr" }],
} as const satisfies Readonly<Record<Refused, readonly Field[]>>;

function endVerdict(end: Refusal["end"]): Verdict {
  return end === "drop" ? { kind: "drop" } : { kind: "goto", chain: refuseChainName };
}

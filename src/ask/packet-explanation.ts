import { addressFamily } from "../model/address.ts";
import { type Fraction, fractionText } from "../nft/evaluate/fraction.ts";
import { type Outcome, possibilities, type Result } from "../nft/evaluate/outcome.ts";
import type { Packet } from "../nft/evaluate/packet.ts";
import { printRule } from "../nft/print-rule.ts";
import { printElementValue, printTuple } from "../nft/print-set.ts";
import type { Element, Hook } from "../nft/ruleset.ts";
import { packetPath } from "./packet-path.ts";

/** What happens to a packet, as plain data. */
export type PacketExplanation = {
  readonly packet: Packet;
  /** Its possible results. */
  readonly outcomes: readonly (Result & { readonly probability: Probability })[];
  /** The rules that it may match, in the kernel's order. */
  readonly path: readonly RuleExplanation[];
  /** What the agent makes of it, which accepts it itself; undefined where it does not. */
  readonly relay: RelayExplanation | undefined;
};

/** A connection to a NodePort at the loopback address, which the agent passes on. */
export type RelayExplanation = {
  /** `namespace/name:port` */
  readonly servicePort: string;
  /** `10.244.1.11 port 8080` */
  readonly endpoints: readonly string[];
};

/** `1/3`; `1` if it is certain. */
export type Probability = string;

export type RuleExplanation = {
  readonly hook: Hook["hook"] | undefined;
  readonly chain: string;
  /** The purpose of the chain. */
  readonly note: string | undefined;
  /** As nft prints it. */
  readonly rule: string;
  readonly probability: Probability;
  /** The elements that its lookups may find, as nft prints them. */
  readonly found: readonly FoundExplanation[];
};

export type FoundExplanation = {
  readonly set: string;
  readonly element: string;
  /** `namespace/name:port` */
  readonly owner: string | undefined;
  readonly probability: Probability;
};

export function explainPacket(
  packet: Packet,
  outcomes: readonly Outcome[],
  relay?: RelayExplanation,
): PacketExplanation {
  const family = addressFamily(packet.daddr);
  return {
    packet,
    outcomes: possibilities(outcomes).map(({ result, probability }) => ({
      ...result,
      probability: fractionText(probability),
    })),
    path: packetPath(outcomes).map(({ hook, chain, rule, probability, found }) => ({
      hook,
      chain: chain.name,
      note: chain.note,
      rule: printRule(family, rule),
      probability: fractionText(probability),
      found: found.map(explainFound),
    })),
    relay,
  };
}

function explainFound({
  set,
  element,
  probability,
}: {
  readonly set: string;
  readonly element: Element;
  readonly probability: Fraction;
}): FoundExplanation {
  const value = printElementValue(element);
  const key = printTuple(element.key);
  return {
    set,
    element: value === undefined ? key : `${key} : ${value}`,
    owner: element.owner,
    probability: fractionText(probability),
  };
}

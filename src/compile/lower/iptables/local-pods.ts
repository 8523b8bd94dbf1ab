import type { Chain, Match, Rule } from "../../../iptables/rule.ts";
import type { Masquerade } from "../../plan/service-plan.ts";
import type { DetectLocal } from "../../settings.ts";
import { jump } from "./rules.ts";

export const markChain = "KUBE-MARK-MASQ";
const markRemoteChain = "KUBE-MARK-MASQ-REMOTE";

/** Matches for packets from local pods, one of which has to match; empty if they cannot be recognized. */
export function fromLocalPods(detectLocal: DetectLocal): readonly Match[] {
  switch (detectLocal.kind) {
    case "none":
      return [];
    case "cidrs":
      return detectLocal.cidrs.map((cidr) => ({ kind: "source", cidr }));
    case "interface":
      return [{ kind: "inInterface", name: detectLocal.name }];
    case "interfacePrefix":
      return [{ kind: "inInterface", name: `${detectLocal.prefix}+` }];
  }
}

/** The rule that marks matching packets for masquerading, as a plan requires. */
export function markRules(
  masquerade: Masquerade,
  detectLocal: DetectLocal,
  matches: readonly Match[],
  comment: string,
): readonly Rule[] {
  const mark = (more: readonly Match[], chain = markChain) => [jump(chain, comment, ...more, ...matches)];
  switch (masquerade) {
    case "none":
      return [];
    case "all":
      return mark([]);
    case "this node":
      return mark([{ kind: "localSource" }]);
    case "all but local pods": {
      const pods = fromLocalPods(detectLocal);
      // A rule can exclude only one source.
      return pods.length > 1 ? mark([], markRemoteChain) : mark(pods.map((match) => ({ ...match, not: true })));
    }
  }
}

export function markChains(detectLocal: DetectLocal, mask: number): readonly Chain[] {
  const pods = fromLocalPods(detectLocal);
  const mark: Chain = { name: markChain, rules: [{ matches: [], target: { kind: "setMark", mask } }] };
  if (pods.length < 2) return [mark];
  const returns = pods.map((match): Rule => ({ matches: [match], target: { kind: "return" } }));
  return [mark, { name: markRemoteChain, rules: [...returns, jump(markChain, undefined)] }];
}

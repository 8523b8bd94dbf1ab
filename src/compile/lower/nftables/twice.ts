import type { Rule } from "../../../nft/rule.ts";

/** Repeats each rule, as older kernels may miss an element while it is being replaced. */
export function twice(rules: readonly Rule[]): readonly Rule[] {
  return rules.flatMap((rule) => [rule, rule]);
}

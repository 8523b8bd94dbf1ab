import type { Rule } from "../../../nft/rule.ts";

/** Each rule a second time, as older kernels may miss an element in the moment in which it is replaced. */
export function twice(rules: readonly Rule[]): readonly Rule[] {
  return rules.flatMap((rule) => [rule, rule]);
}

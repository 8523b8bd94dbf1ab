import type { Rule, Statement } from "../../../nft/rule.ts";
import type { Chain } from "../../../nft/ruleset.ts";

/** What a rule can find in the sets: for each set with elements, the chains to which its verdicts lead. */
export type FilledSets = ReadonlyMap<string, readonly string[]>;

/**
 * The chains without parts that no packet can use, so that a table shows only what its cluster needs. It leaves out
 *
 * - a rule that looks for an element of an empty set, or jumps to a chain without rules, and a chain without rules;
 * - a chain to which neither a hook nor a live rule leads.
 *
 * A match on something *not* being in a set stays, whatever the set holds. So do rules on dynamic maps, which packets
 * fill: they count as filled. So does the rule that masquerades marked packets: a kernel without any NAT rule in a family
 * stops translating, and connections to endpoints that are gone must continue.
 */
export function prune(chains: readonly Chain[], filled: FilledSets): readonly Chain[] {
  return reachable(withoutDeadRules(chains, filled), filled);
}

/** The sets and maps that rules name. */
export function usedSets(chains: readonly Chain[]): ReadonlySet<string> {
  return new Set(chains.flatMap(({ rules }) => rules.flat().flatMap(setName)));
}

function withoutDeadRules(chains: readonly Chain[], filled: FilledSets): readonly Chain[] {
  let live = chains;
  for (;;) {
    const names = new Set(live.map(({ name }) => name));
    const canMatch = (rule: Rule) => rule.every((statement) => statementCanMatch(statement, filled, names));
    const next = live
      .map((chain) => (chain.rules.every(canMatch) ? chain : { ...chain, rules: chain.rules.filter(canMatch) }))
      .filter(({ rules }) => rules.length > 0);
    if (next.length === live.length && next.every((chain, index) => chain === live[index])) return live;
    live = next;
  }
}

function statementCanMatch(statement: Statement, filled: FilledSets, chains: ReadonlySet<string>): boolean {
  if (statement.kind === "jump" || statement.kind === "goto") return chains.has(statement.chain);
  if ("not" in statement && statement.not) return true;
  return setName(statement).every((name) => filled.has(name));
}

/** The chains to which a hook, or the contents of a set, lead. */
export function reachable(chains: readonly Chain[], filled: FilledSets): readonly Chain[] {
  const chainByName = new Map(chains.map((chain) => [chain.name, chain]));
  const seen = new Set<Chain>();
  const seenMaps = new Set<string>();
  const visit = (chain: Chain | undefined) => {
    if (chain === undefined || seen.has(chain)) return;
    seen.add(chain);
    for (const statement of chain.rules.flat()) {
      if ("chain" in statement) visit(chainByName.get(statement.chain));
      if (statement.kind !== "vmap" || seenMaps.has(statement.map)) continue;
      seenMaps.add(statement.map);
      for (const target of filled.get(statement.map) ?? []) visit(chainByName.get(target));
    }
  };
  for (const chain of chains) if (chain.hook) visit(chain);
  return chains.filter((chain) => seen.has(chain));
}

/** The set or map that a statement names, if any. */
function setName(statement: Statement): readonly string[] {
  switch (statement.kind) {
    case "member":
    case "count":
      return [statement.set];
    case "vmap":
    case "dnat":
    case "update":
    case "delete":
      return [statement.map];
    default:
      return [];
  }
}

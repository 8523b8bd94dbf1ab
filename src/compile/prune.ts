import type { Rule, Statement } from "../nft/rule.ts";
import type { Chain, NamedSet } from "../nft/ruleset.ts";

/** The sets and chains of a table. */
export type TableParts = { readonly sets: readonly NamedSet[]; readonly chains: readonly Chain[] };

/**
 * Leaves out what no packet can use, so that a table shows only what its cluster needs:
 *
 * - a rule that looks for an element of an empty set or jumps to a chain without rules, and a chain without rules;
 * - a chain that neither a hook nor a live rule leads to, and a set that no live rule names.
 *
 * A match on something *not* being in a set stays, whatever the set holds. So do rules on dynamic maps, which packets
 * fill.
 */
export function prune({ sets, chains }: TableParts): TableParts {
  const live = reachable(withoutDeadRules(sets, chains), sets);
  const used = new Set(live.flatMap(({ rules }) => rules.flat().flatMap(setName)));
  return { sets: sets.filter(({ name }) => used.has(name)), chains: live };
}

function withoutDeadRules(sets: readonly NamedSet[], chains: readonly Chain[]): readonly Chain[] {
  const filled = new Set(
    sets.filter((set) => set.elements.length > 0 || set.flag === "dynamic").map(({ name }) => name),
  );
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

function statementCanMatch(statement: Statement, sets: ReadonlySet<string>, chains: ReadonlySet<string>): boolean {
  if (statement.kind === "jump" || statement.kind === "goto") return chains.has(statement.chain);
  if ("not" in statement && statement.not) return true;
  return setName(statement).every((name) => sets.has(name));
}

function reachable(chains: readonly Chain[], sets: readonly NamedSet[]): readonly Chain[] {
  const chainByName = new Map(chains.map((chain) => [chain.name, chain]));
  const setByName = new Map(sets.map((set) => [set.name, set]));
  const seen = new Set<Chain>();
  const visit = (chain: Chain | undefined) => {
    if (chain === undefined || seen.has(chain)) return;
    seen.add(chain);
    for (const statement of chain.rules.flat()) {
      if ("chain" in statement) visit(chainByName.get(statement.chain));
      if (statement.kind !== "vmap") continue;
      for (const target of verdictChains(setByName.get(statement.map))) visit(chainByName.get(target));
    }
  };
  for (const chain of chains) if (chain.hook) visit(chain);
  return chains.filter((chain) => seen.has(chain));
}

function verdictChains(map: NamedSet | undefined): ReadonlySet<string> {
  const chains = new Set<string>();
  for (const { value } of map?.elements ?? []) {
    if (value !== undefined && "kind" in value && "chain" in value) chains.add(value.chain);
  }
  return chains;
}

/** The set or map that a statement names, if it does. */
function setName(statement: Statement): readonly string[] {
  switch (statement.kind) {
    case "member":
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

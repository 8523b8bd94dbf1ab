import type { Family } from "../model/address.ts";
import { printHook } from "./print-rule.ts";
import { setDeclaration, setKind } from "./print-set.ts";
import { type Chain, type NamedSet, nobodysHook, type Table } from "./ruleset.ts";

/** A table's sets and chains as `nft -y -t list table` shows them, by name. */
export type Listing = {
  readonly sets: ReadonlyMap<string, ListedSet>;
  /** The lines of each chain: its hook, if it has one, and its rules. */
  readonly chains: ReadonlyMap<string, string>;
};

export type ListedSet = { readonly kind: "set" | "map"; readonly declaration: string };

/**
 * Takes a listing apart. nft indents a table's blocks by one tab and their lines by two.
 *
 * Rules are only good for comparing them with another listing by the same nft: version 1.0.6 leaves out matches that it
 * thinks implied, so its listings are not what was loaded, nor always loadable.
 */
export function parseListing(text: string): Listing {
  const sets = new Map<string, ListedSet>();
  const chains = new Map<string, string>();
  for (const [, kind, name = "", body = ""] of text.matchAll(
    /^\t(set|map|chain) (\S+) \{\n((?:\t\t.*\n|\n)*)\t\}$/gm,
  )) {
    if (kind === "set" || kind === "map") sets.set(name, { kind, declaration: body });
    else chains.set(name, body);
  }
  return { sets, chains };
}

/**
 * The sets and chains of a listing as a table without elements and rules. A set or chain declared as in the desired table
 * is the same object; others are only good for deleting them, and for showing that they differ.
 */
export function listedLayout({ sets, chains }: Listing, desired: Table): Table {
  const layoutSets = [...sets].map(([name, listed]): NamedSet => {
    const set = desired.sets.get(name);
    return set !== undefined && isDeclaredAs(desired.family, set, listed)
      ? { ...set, elements: [] }
      : { name, key: [], value: listed.kind === "set" ? undefined : [], elements: [] };
  });
  const layoutChains = [...chains].map(([name, body]): Chain => {
    const chain = desired.chains.get(name);
    if (chain === undefined) return { name, rules: [] };
    return hasHookOf(chain, body) ? { ...chain, rules: [] } : { name, hook: nobodysHook, rules: [] };
  });
  return {
    family: desired.family,
    sets: new Map(layoutSets.map((set) => [set.name, set])),
    chains: new Map(layoutChains.map((chain) => [chain.name, chain])),
  };
}

/** nft lists the lines of a declaration in its own order, and a default size for a set without one. */
function isDeclaredAs(family: Family, set: NamedSet, { kind, declaration }: ListedSet): boolean {
  const lines = (texts: readonly string[]) =>
    texts
      .map((line) => line.trim().replace(/;$/, ""))
      .filter((line) => line !== "size 65535")
      .sort();
  const listed = lines(declaration.trimEnd().split("\n"));
  return setKind(set) === kind && lines(setDeclaration(family, set)).join("\n") === listed.join("\n");
}

function hasHookOf({ hook }: Chain, body: string): boolean {
  const line = /^\t\ttype .*$/m.exec(body)?.[0].trim() ?? "";
  return line === (hook === undefined ? "" : `${printHook(hook)}; policy accept;`);
}

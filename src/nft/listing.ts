/** A table's sets and chains as `nft -t list table` shows them, by name. */
export type Listing = {
  readonly sets: ReadonlyMap<string, ListedSet>;
  /** The lines of each chain: its hook, if it has one, and its rules. */
  readonly chains: ReadonlyMap<string, string>;
};

export type ListedSet = { readonly kind: "set" | "map"; readonly declaration: string };

/**
 * Takes a listing apart. nft indents a table's blocks by one tab and their lines by two.
 *
 * The lines are only good for comparing them with another listing by the same nft: version 1.0.6 leaves out matches that
 * it thinks implied, so its listings are not what was loaded, nor always loadable.
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

export function isVerdictMap({ declaration }: ListedSet): boolean {
  return / : verdict$/m.test(declaration);
}

export function isDynamic({ declaration }: ListedSet): boolean {
  return /^\t\tflags .*(dynamic|timeout)/m.test(declaration);
}

/** The line that ties a chain to a hook; empty for a chain that others jump to. */
export function hookLine(chain: string): string {
  return /^\t\ttype .*$/m.exec(chain)?.[0] ?? "";
}

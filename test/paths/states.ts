import { desiredTables } from "../../src/cli/desired.ts";
import type { AffinityMethod } from "../../src/compile/settings.ts";
import { examine } from "../../src/io/nft/capabilities.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import type { Ruleset } from "../../src/nft/ruleset.ts";
import { fixtureNames } from "../golden/fixture.ts";
import { sourcesOf } from "../golden/sources.ts";

/** What a fixture compiles to, in both families whatever its command says, with the chains that are needed only. */
export type State = { readonly fixture: string; readonly ruleset: Ruleset; readonly text: string };

/** The states of all fixtures, as this nft can have them where nothing else is said. Those that are equal to an earlier one are left out. */
export async function states(affinity?: AffinityMethod): Promise<readonly State[]> {
  const ipv6Affinity = affinity ?? (await examine(["ip6"], true)).capabilities.ip6.affinity;
  const byText = new Map<string, State>();
  for (const fixture of fixtureNames) {
    const ruleset = await compiled(fixture, ipv6Affinity);
    const text = printRuleset(ruleset);
    if (!byText.has(text)) byText.set(text, { fixture, ruleset, text });
  }
  return [...byText.values()];
}

async function compiled(fixture: string, ipv6Affinity: AffinityMethod): Promise<Ruleset> {
  const sources = { ...sourcesOf(fixture, ipv6Affinity), family: undefined };
  const { tables } = await desiredTables(sources, { hostname: "", addresses: [] });
  return tables.map((table) => {
    const { spares, ...needed } = table.rendered();
    return needed;
  });
}

import { frontendSets } from "../compile/lower/nftables/sets.ts";
import { printTuple } from "../nft/print-set.ts";
import type { Element, Table } from "../nft/ruleset.ts";
import type { KnownTable } from "../nft/transaction.ts";
import { frontendKinds, frontendName } from "./service-changes.ts";

/**
 * The frontends that a table serves and another does not, one line each: `default/web  10.96.0.10 port 80/tcp is refused`.
 * Frontends that pass to another Service are left out.
 */
export function takenAway(before: KnownTable, after: Table): readonly string[] {
  return frontendKinds.flatMap((kind) => {
    const { dispatch, noEndpoints } = frontendSets[kind].tcp;
    if (before.unread.has(dispatch))
      return [`table ${before.family}  was written by another version: what it serves is unknown`];
    const served = byKey(after, dispatch);
    const unserved = byKey(after, noEndpoints);
    return [...byKey(before, dispatch)].flatMap(([key, element]) => {
      if (served.has(key)) return [];
      const { owner = "unknown" } = element;
      const { value } = unserved.get(key) ?? {};
      const fate = value === undefined ? "is gone" : "chain" in value ? "is refused" : "is dropped";
      return [`${owner}  ${frontendName(kind, element.key)} ${fate}`];
    });
  });
}

function byKey(table: Table, set: string): ReadonlyMap<string, Element> {
  return new Map(table.sets.get(set)?.elements.map((element) => [printTuple(element.key), element]));
}

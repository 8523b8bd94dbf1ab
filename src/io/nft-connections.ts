import { dispatchMap } from "../compile/sets.ts";
import type { Family } from "../model/address.ts";
import { printTuple } from "../nft/print-set.ts";
import type { FrontendConnections } from "./metrics-connections.ts";
import { readSets } from "./nft-known.ts";

/** The new connections that the kernel has counted for each frontend of our table. Needs the ruleset to have counters. */
export async function readConnections(family: Family): Promise<readonly FrontendConnections[]> {
  const kinds = ["address", "nodePort"] as const;
  const maps = await readSets(family, kinds.map(dispatchMap), true);
  return kinds.flatMap((kind) =>
    (maps.get(dispatchMap(kind)) ?? []).flatMap(({ key, owner, packets }) => {
      if (owner === undefined || packets === undefined) return [];
      const protocol = String(key[kind === "address" ? 1 : 0]);
      return [{ owner, kind, protocol, frontend: printTuple(key), connections: packets }];
    }),
  );
}

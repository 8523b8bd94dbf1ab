import { dispatchMap } from "../../compile/sets.ts";
import type { Family } from "../../model/address.ts";
import { printTuple } from "../../nft/print-set.ts";
import { readSets } from "./known-table.ts";

/** How many new connections a frontend has had since its element came into the kernel. */
export type FrontendConnections = {
  /** The service port: `namespace/name:port`. The kernel has its first 128 characters. */
  readonly owner: string;
  readonly kind: "address" | "nodePort";
  readonly protocol: string;
  /** The key of its element: `10.96.0.1 . tcp . 80` or `tcp . 30080`. */
  readonly frontend: string;
  readonly connections: number;
};

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

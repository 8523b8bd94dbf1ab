import { frontendOfElement, frontendSets } from "../../compile/lower/sets.ts";
import type { FrontendKey } from "../../compile/plan/frontends.ts";
import type { Family } from "../../model/address.ts";
import { readSets } from "./known-table.ts";

/** How many new connections a frontend has had since its element came into the kernel. */
export type FrontendConnections = {
  /** The service port: `namespace/name:port`. The kernel has its first 128 characters. */
  readonly owner: string;
  readonly kind: "address" | "nodePort";
  readonly protocol: string;
  readonly frontend: FrontendKey;
  readonly connections: number;
};

/** The new connections that the kernel has counted for each frontend of our table. Needs the ruleset to have counters. */
export async function readConnections(family: Family): Promise<readonly FrontendConnections[]> {
  const kinds = ["address", "nodePort"] as const;
  const names = kinds.map((kind) => frontendSets[kind].tcp.dispatch);
  const maps = await readSets(family, names, true);
  return kinds.flatMap((kind, index) =>
    (maps.get(names[index] ?? "") ?? []).flatMap(({ key, owner, packets }) => {
      const frontend = frontendOfElement(names[index] ?? "", key);
      if (owner === undefined || packets === undefined || frontend === undefined) return [];
      const protocol = String(key[kind === "address" ? 1 : 0]);
      return [{ owner, kind, protocol, frontend, connections: packets }];
    }),
  );
}

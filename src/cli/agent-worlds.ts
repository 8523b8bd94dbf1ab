import { type KnownCluster, knownTables } from "../ask/known-cluster.ts";
import { type World, world } from "../ask/world.ts";
import { addressFamily, type Family } from "../model/address.ts";
import { agentSays } from "./from-agent.ts";

/** The worlds of this node's agent, made from the same data as its tables. Rejects if no agent runs. */
export async function agentWorlds(family: Family | undefined): Promise<readonly World[]> {
  const known = await agentSays<KnownCluster>("/cluster.json");
  const { settings, tables } = knownTables(known);
  return tables
    .filter((table) => family === undefined || table.family === family)
    .map((table) =>
      world(
        table.family,
        settings,
        table,
        known.addresses.filter((each) => addressFamily(each) === table.family),
      ),
    );
}

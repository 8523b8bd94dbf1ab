import type { ServiceFlow } from "../ask/flows/service-flow.ts";
import { readConnections } from "../io/conntrack/connections.ts";
import type { Connection } from "../netlink/connection.ts";
import type { Asked } from "./worlds.ts";

/** Converts the connections of this machine in the requested families; undefined for those to leave out. */
export async function kernelFlows(
  { worlds }: Pick<Asked, "worlds">,
  flowOf: (connection: Connection) => ServiceFlow | undefined,
): Promise<readonly ServiceFlow[]> {
  const all: ServiceFlow[] = [];
  for (const { family } of worlds) for (const each of await readConnections(family, flowOf)) all.push(each);
  return all;
}

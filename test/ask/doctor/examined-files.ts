import type { ClusterFacts } from "../../../src/ask/doctor/cluster/cluster.ts";
import { desiredTables } from "../../../src/cli/desired.ts";
import { clusterFacts } from "../../../src/cli/examination.ts";
import { worldsOf } from "../../../src/cli/worlds.ts";
import { sourcesOfFile } from "../sources.ts";

/** The doctor's findings in a file of objects. */
export async function examinedFile(file: URL): Promise<ClusterFacts> {
  const desired = await desiredTables(sourcesOfFile(file), { hostname: "", addresses: [] });
  return clusterFacts({ ...desired, worlds: worldsOf(desired, []) });
}

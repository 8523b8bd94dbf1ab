import type { Candidate } from "../ask/migrate/obstacles.ts";
import { clusterSetup } from "../decode/cluster-setup.ts";
import { flattenLists, type KindedObject } from "../decode/objects.ts";
import { hostAddresses } from "../io/host/addresses.ts";
import { addressFamily } from "../model/address.ts";
import type { Cluster } from "../model/cluster.ts";
import type { DesiredTables } from "./desired.ts";
import { clusterFacts, nodeFacts } from "./examination.ts";
import type { MigrateOptions } from "./migrate.ts";
import { desiredElsewhere, desiredHere } from "./ruleset.ts";
import { worldsOf } from "./worlds.ts";

/** The facts about a cluster that may get another service proxy. */
export async function candidateOf(options: MigrateOptions): Promise<Candidate> {
  const own = options.kernel ? hostAddresses() : [];
  const desired = options.kernel ? await desiredHere(options, own) : await desiredElsewhere(options);
  const candidate = candidateIn(desired, await kubeSystem(desired));
  if (!options.kernel) return candidate;
  return { ...candidate, node: await nodeFacts({ worlds: worldsOf(desired, own) }, candidate.cluster, false) };
}

/** @param more objects besides those that Services depend on */
export function candidateIn(desired: DesiredTables, more: readonly KindedObject[]): Candidate {
  const { cluster, objects } = desired;
  return {
    setup: clusterSetup([...objects, ...more]),
    cluster: clusterFacts({ ...desired, worlds: worldsOf(desired, []) }),
    serviceCIDRs: cluster.serviceCIDRs,
    apiServer: apiServerOf(cluster),
    node: undefined,
  };
}

/** The DaemonSets and ConfigMaps of a live cluster's kube-system, which Services do not depend on. */
async function kubeSystem({ connection }: DesiredTables): Promise<readonly KindedObject[]> {
  if (connection === undefined) return [];
  const { listKubeSystem } = await import("../io/kube/kube.ts");
  return flattenLists(await listKubeSystem(connection)).objects;
}

/** The API server, according to the Service default/kubernetes. */
function apiServerOf({ services, endpointSlices }: Cluster): Candidate["apiServer"] {
  const clusterIPs = services.find(
    ({ namespace, name }) => namespace === "default" && name === "kubernetes",
  )?.clusterIPs;
  const slices = endpointSlices.filter((each) => each.namespace === "default" && each.serviceName === "kubernetes");
  const endpoints = slices.flatMap(({ ports, endpoints }) =>
    endpoints.addresses.flatMap((address) =>
      ports.map(({ port }) => (addressFamily(address) === "ip" ? `${address}:${port}` : `[${address}]:${port}`)),
    ),
  );
  return { clusterIPs: clusterIPs ?? [], endpoints };
}

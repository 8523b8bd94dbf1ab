import { clusterProblems, serviceTables } from "../compile/compile.ts";
import type { HostCapabilities, Settings } from "../compile/settings.ts";
import type { ServiceTable } from "../compile/table/service-table.ts";
import type { FlagValues } from "../config/flags.ts";
import { nodeNameProblem } from "../config/node-name.ts";
import { resolveSettings } from "../config/settings.ts";
import { decodeCluster } from "../decode/cluster.ts";
import { type KindedObject, withSource } from "../decode/objects.ts";
import { InputError } from "../io/files/input-error.ts";
import { type Manifests, readManifests } from "../io/files/manifests.ts";
import type { ReadLimits } from "../io/files/read-limits.ts";
import type { Connection } from "../io/kube/connection.ts";
import type { Address, Family } from "../model/address.ts";
import type { Cluster } from "../model/cluster.ts";
import type { Node } from "../model/node.ts";
import type { Problem } from "../model/problem.ts";
import { readConfiguration } from "./configuration.ts";

/** The inputs of a ruleset, as commands take them. */
export type Sources = {
  /** Files, directories and `-`; empty: a live cluster. */
  readonly filename: readonly string[];
  /** Whether directories are read recursively. */
  readonly recursive?: boolean;
  readonly limits?: ReadLimits;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly config: string | undefined;
  /** Flags of kube-proxy, as in `run`. */
  readonly flags?: FlagValues;
  readonly nodeName: string | undefined;
  readonly family: Family | undefined;
  readonly capabilities: HostCapabilities;
  readonly counters: boolean;
};

/** The machine that the ruleset is for, if it is this one. */
export type Host = { readonly hostname: string; readonly addresses: readonly Address[] };

/** The plans, and what they were made from. */
export type DesiredTables = Complaints & {
  readonly tables: readonly ServiceTable[];
  readonly cluster: Cluster;
  readonly settings: Settings;
  /** This node, if the cluster has it. */
  readonly node: Node | undefined;
  /** What the cluster was read from. */
  readonly objects: readonly KindedObject[];
  /** The connection to the live cluster that it was read from. */
  readonly connection: Connection | undefined;
};

type Complaints = {
  /** The problems of the input. */
  readonly problems: readonly Problem[];
  /** Warnings that follow from the configuration and the node, which may be intended. */
  readonly notes: readonly Problem[];
};

/** The plans for the sources. Rejects with an InputError if there is nothing to plan. */
export async function desiredTables(sources: Sources, host: Host): Promise<DesiredTables> {
  const configuration = await readConfiguration(sources.config, sources.flags ?? new Map());
  const { config } = configuration;
  const { objects, problems: inputProblems, connection } = await readObjects(sources);
  const {
    cluster,
    objects: kinded,
    problems: objectProblems,
    sources: places,
    errors,
    isNone,
  } = decodeCluster(objects);
  if (errors.length > 0) throw new InputError("the input cannot be used", errors);
  if (isNone && sources.filename.length > 0) {
    const message = "the input holds no Service, EndpointSlice, Endpoints, Node or ServiceCIDR";
    throw new InputError(`nothing to compile: ${message}`, [...inputProblems, ...objectProblems]);
  }
  const chosen = sources.nodeName?.trim().toLowerCase() || config.hostnameOverride;
  const nodeName = chosen || onlyName(cluster.nodes) || host.hostname;
  const node = cluster.nodes.find(({ name }) => name === nodeName);
  const { settings, problems: notes } = resolveSettings({
    config,
    node,
    nodeName,
    interfaceAddresses: host.addresses.length > 0 ? host.addresses : (node?.addresses ?? []),
    serviceCIDRs: cluster.serviceCIDRs,
    otherClusterIPs: cluster.otherClusterIPs ?? [],
    capabilities: sources.capabilities,
    counters: sources.counters,
    apiServer: connection?.addresses.known ?? [],
  });
  const tables = serviceTables(cluster, settings);
  const nameProblem = nodeNameProblem(nodeName, cluster);
  const usesNodePorts = cluster.services.some(({ ports }) => ports.some(({ nodePort }) => nodePort !== undefined));
  return {
    tables: tables.filter(({ family }) => sources.family === undefined || family === sources.family),
    cluster,
    settings,
    node,
    objects: kinded,
    connection,
    problems: [
      ...configuration.problems,
      ...inputProblems,
      ...objectProblems,
      ...(nameProblem === undefined ? [] : [nameProblem]),
      ...clusterProblems(tables).map((problem) => withSource(problem, { source: places.get(problem.object) })),
    ],
    notes: [
      ...(connection?.dangers ?? []).map((message) => ({ object: "", field: "", message })),
      ...configuration.notes,
      ...notes.filter(({ message }) => usesNodePorts || !message.endsWith("NodePorts")),
    ],
  };
}

type LiveManifests = Manifests & Pick<DesiredTables, "connection">;

async function readObjects({ filename, recursive, kubeconfig, context, limits }: Sources): Promise<LiveManifests> {
  if (filename.length > 0) return { ...(await readManifests(filename, limits, recursive)), connection: undefined };
  const { connect, listObjects } = await import("../io/kube/kube.ts");
  const connection = connect({ kubeconfig, context, asKubectl: true });
  const objects = await listObjects(connection);
  return { objects, problems: [], connection };
}

function onlyName(nodes: readonly Node[]): string | undefined {
  return nodes.length === 1 ? nodes[0]?.name : undefined;
}

import type { ClusterFacts } from "../ask/doctor/cluster/cluster.ts";
import type { Listening, NodeFacts, ProxyTraces } from "../ask/doctor/node/node-facts.ts";
import { serviceFlows } from "../ask/flows/service-flow.ts";
import type { Status } from "../ask/status/status.ts";
import { clusterProblems } from "../compile/compile.ts";
import type { FrontendKey } from "../compile/plan/frontends.ts";
import { endpointPlans, isUsed } from "../compile/plan/service-plan.ts";
import { decodeNode } from "../decode/node.ts";
import { podsByNamespace } from "../decode/pods.ts";
import { allSpecDetails, podDetails } from "../decode/service-details.ts";
import { type Place, tryConnections } from "../io/host/connect.ts";
import { hostFamilies, kernelRelease } from "../io/host/host.ts";
import {
  conntrackFacts,
  legacyTables,
  networkInterfaces,
  sysctlValues,
  virtualServers,
} from "../io/host/kernel-facts.ts";
import { readListeners } from "../io/host/listeners.ts";
import { ownSockets } from "../io/host/own-sockets.ts";
import { isAgentHere } from "../io/http/agent-socket.ts";
import { readAllChains, readLegacyChains } from "../io/nft/all-chains.ts";
import { examine } from "../io/nft/capabilities.ts";
import { readFrontendConnections } from "../io/nft/connections.ts";
import { type Family, familyName } from "../model/address.ts";
import type { AnyChain } from "../netlink/all-chains.ts";
import type { DoctorOptions } from "./doctor.ts";
import { agentSays } from "./from-agent.ts";
import { kernelFlows } from "./kernel-flows.ts";
import { relatedObjects } from "./related.ts";
import { type Asked, askedWorlds } from "./worlds.ts";

/** What the doctor examines. */
export async function examined(options: DoctorOptions): Promise<{
  readonly cluster: ClusterFacts;
  readonly node: NodeFacts | undefined;
}> {
  const asked = await askedWorlds(options, options.kernel);
  const isHere = options.kernel || asked.origin.kind === "agent";
  const objects = [...asked.objects, ...(await relatedObjects(asked))];
  const cluster = clusterFacts({ ...asked, objects });
  return { cluster, node: isHere ? await nodeFacts(asked, cluster, options.connect) : undefined };
}

/** What the objects show. */
export function clusterFacts({ worlds, objects, problems, notes }: Omit<Asked, "origin">): ClusterFacts {
  const specs = allSpecDetails(objects);
  const pods = podDetails(objects);
  const nodes = objects.filter(({ kind }) => kind === "Node");
  const labelled = podsByNamespace(objects);
  return {
    worlds,
    // An agent has reported the problems of objects, and keeps only their usable parts.
    problems: objects.length > 0 ? problems : clusterProblems(worlds.map(({ plans }) => plans)),
    notes,
    nodes: new Set(nodes.flatMap(({ object }) => decodeNode(object).value?.addresses ?? [])),
    specOf: (service) => specs.get(service),
    podOf: (address) => pods.get(address)?.pod,
    notReady: (address) => pods.get(address)?.notReady,
    podsIn: (namespace) => labelled.get(namespace) ?? [],
    unserved: Array.from(specs).flatMap(([service, { unserved: why }]) =>
      why === undefined ? [] : [{ service, why }],
    ),
  };
}

/** The facts about this machine. */
export async function nodeFacts(
  asked: Pick<Asked, "worlds">,
  cluster: ClusterFacts,
  mayConnect: boolean,
): Promise<NodeFacts> {
  const unseen: string[] = [];
  const interfaces = networkInterfaces();
  if (interfaces.every(({ mtu }) => mtu === undefined))
    unseen.push("the interfaces' MTUs and bridges: /sys belongs to another network namespace");
  const conntrack = conntrackFacts();
  if (conntrack === undefined)
    unseen.push("conntrack: the kernel does not track connections, or /proc/sys/net is hidden");
  const { listening, programs, namespaces } = readListeners();
  if (namespaces === 0) unseen.push("the sockets of pods: none of their processes is visible");
  const running = [...programs].filter((name) => name === "kube-proxy");
  const chains = [...(await readAllChains()), ...(await allLegacyChains(unseen))];
  const flowOf = serviceFlows(asked.worlds, { own: ownSockets(), podOf: cluster.podOf, now: Date.now });
  const proxies: ProxyTraces = { running, virtualServers: virtualServers() };
  return {
    kernel: kernelRelease(),
    lacks: (await examine(hostFamilies(), true)).lacks.map(({ message }) => message),
    sysctls: sysctlValues(),
    interfaces,
    conntrack,
    chains,
    proxies,
    hasAgent: await isAgentHere(),
    ...(await agentFacts()),
    flows: await kernelFlows(asked, flowOf),
    newConnections: await newConnections(asked),
    listening: mayConnect ? await connected(asked, listening, unseen) : listening,
    unseen,
  };
}

async function newConnections({ worlds }: Pick<Asked, "worlds">): Promise<NodeFacts["newConnections"]> {
  const all = new Map<Family, Map<FrontendKey, number>>();
  for (const { family } of worlds) {
    const counts = new Map<FrontendKey, number>();
    await readFrontendConnections(family, ({ frontend, connections }) => counts.set(frontend, connections));
    all.set(family, counts);
  }
  return all;
}

/** Of an agent of this version; otherwise empty. */
async function agentFacts(): Promise<Pick<NodeFacts, "setAside" | "unopened">> {
  const status = await agentSays<Status>("/status.json").catch(() => undefined);
  const setAside = (status?.tables ?? []).flatMap(({ family, setAside }) =>
    setAside.map(({ name, reason }) => ({ what: `${name} (${familyName(family)})`, reason })),
  );
  return { setAside, unopened: status?.loopback.failures ?? [] };
}

/** The chains of iptables-legacy, which nftables does not show. */
async function allLegacyChains(unseen: string[]): Promise<readonly AnyChain[]> {
  const chains: AnyChain[] = [];
  for (const [program, file] of [
    ["iptables-legacy", "ip_tables_names"],
    ["ip6tables-legacy", "ip6_tables_names"],
  ] as const) {
    for (const table of legacyTables(file)) {
      try {
        chains.push(...(await readLegacyChains(program, table)));
      } catch (error) {
        const why = error instanceof Error && "shortMessage" in error ? error.shortMessage : error;
        unseen.push(`the table ${table} of ${program}, which is loaded: ${why}`);
      }
    }
  }
  return chains;
}

/** What `listening` says; if it does not say that nothing listens, the result of a connection. */
async function connected(
  { worlds }: Pick<Asked, "worlds">,
  listening: Listening,
  unseen: string[],
): Promise<Listening> {
  const places = new Map<string, Place>();
  for (const { ports } of worlds.flatMap(({ plans }) => [...plans.plans])) {
    for (const port of ports) {
      if (port.port.protocol !== "tcp") continue;
      for (const each of endpointPlans(port).filter(isUsed)) {
        places.set(`${each.endpoint.address} ${each.port}`, { address: each.endpoint.address, port: each.port });
      }
    }
  }
  const tried = [...places].slice(0, mostConnections);
  if (places.size > tried.length)
    unseen.push(`${places.size - tried.length} endpoints: it connects to ${mostConnections} at most`);
  const outcomes = await tryConnections(tried.map(([, place]) => place));
  const outcomeOf = new Map(tried.map(([key], index) => [key, outcomes[index]]));
  return (address, protocol, port) => {
    const known = listening(address, protocol, port);
    const isGood = known === undefined || known === "yes";
    return isGood && protocol === "tcp" ? (outcomeOf.get(`${address} ${port}`) ?? known) : known;
  };
}

const mostConnections = 1000;

import { oldestKernel } from "../../daemon/host-requirements.ts";
import type { ClusterSetup } from "../../decode/cluster-setup.ts";
import type { Address } from "../../model/address.ts";
import { type CIDR, cidrFinder } from "../../model/cidr.ts";
import type { ClusterFacts } from "../doctor/cluster/cluster.ts";
import type { NodeFacts } from "../doctor/node/node-facts.ts";
import type { Finding } from "../service/findings.ts";
import { shortened } from "../shortened.ts";
import { hasOldKernel, hasOtherArchitecture } from "./candidates.ts";
import { nodeObstacles } from "./node-obstacles.ts";
import { type KubeProxyDaemonSet, type Server, serviceProxyOf } from "./service-proxy.ts";

/** What `migrate --check` examines. */
export type Candidate = {
  readonly setup: ClusterSetup;
  readonly cluster: ClusterFacts;
  readonly serviceCIDRs: readonly CIDR[];
  /** The ClusterIPs of default/kubernetes, and the addresses of the API servers behind it. */
  readonly apiServer: { readonly clusterIPs: readonly Address[]; readonly endpoints: readonly string[] };
  /** This machine, if it is one of the nodes. */
  readonly node: NodeFacts | undefined;
};

/** Obstacles to a migration, and facts to know before it. */
export function obstacles(candidate: Candidate): readonly Finding[] {
  const { setup, cluster, node } = candidate;
  const proxy = serviceProxyOf(setup);
  return [
    ...oldKernels(setup),
    ...otherArchitectures(setup),
    ...noServiceCIDR(candidate),
    ...nodesInServiceCIDR(candidate),
    ...(proxy.kind === "DaemonSet" ? [...configuration(proxy), ...server(proxy.server, candidate.apiServer)] : []),
    ...(proxy.kind === "unknown" ? [noServer(candidate.apiServer)] : []),
    ...(node === undefined ? [] : nodeObstacles(cluster, node)),
  ];
}

function oldKernels({ nodes }: ClusterSetup): readonly Finding[] {
  const old = nodes.filter(hasOldKernel);
  if (old.length === 0) return [];
  return [
    {
      severity: "error",
      subject: some(old),
      evidence: `with Linux ${shortened([...new Set(old.map(({ kernelVersion }) => kernelVersion))])}`,
      consequence: `kube-nft does not run there: it needs ${oldestKernel.join(".")} or newer`,
      remedy: "use a newer kernel, or leave kube-proxy on these nodes: a label decides for each",
    },
  ];
}

function otherArchitectures({ nodes }: ClusterSetup): readonly Finding[] {
  const others = nodes.filter(hasOtherArchitecture);
  if (others.length === 0) return [];
  return [
    {
      severity: "warning",
      subject: some(others),
      evidence: `of ${shortened([...new Set(others.map((each) => `${each.operatingSystem}/${each.architecture}`))])}`,
      consequence: "there is no image of kube-nft for them",
      remedy: "leave kube-proxy on these nodes",
    },
  ];
}

function some(nodes: readonly { readonly name: string }[]): string {
  return `${nodes.length === 1 ? "node" : `${nodes.length} nodes:`} ${shortened(nodes.map(({ name }) => name))}`;
}

function noServiceCIDR({ serviceCIDRs }: Candidate): readonly Finding[] {
  if (serviceCIDRs.length > 0) return [];
  return [
    {
      severity: "note",
      subject: "this cluster",
      evidence: "has no ServiceCIDRs, which Kubernetes has since 1.33",
      consequence:
        "connections to unused addresses of the service network leave the node, as with kube-proxy, and external IPs in it are served",
      remedy: "nothing",
    },
  ];
}

/** Packets to unused addresses of the service network are dropped. */
function nodesInServiceCIDR({ serviceCIDRs, cluster }: Candidate): readonly Finding[] {
  const cidrOf = cidrFinder(serviceCIDRs);
  const inside = [...cluster.nodes].filter((address) => cidrOf(address) !== undefined);
  if (inside.length === 0) return [];
  return [
    {
      severity: "error",
      subject: "ServiceCIDRs",
      evidence: `${shortened(serviceCIDRs)} hold addresses of nodes: ${shortened(inside)}`,
      consequence: "kube-nft drops connections from pods to these addresses, as to unused ClusterIPs",
      remedy: "give the cluster a service network that overlaps with no other",
    },
  ];
}

function configuration({ config }: KubeProxyDaemonSet): readonly Finding[] {
  if (config === undefined) {
    return [
      {
        severity: "warning",
        subject: "kube-proxy",
        evidence: "has no configuration in its ConfigMap in kube-system",
        consequence: "kube-nft cannot take it over: its flags are in the DaemonSet",
        remedy: "read its flags there, and write them into deploy/base/config-map.yaml",
      },
    ];
  }
  return [...config.errors, ...config.problems, ...config.notes].map(({ field, message }) => {
    const [evidence = message, ...rest] = message.split("; ");
    return {
      severity: config.errors.length > 0 ? "error" : "note",
      subject: "the configuration of kube-proxy:",
      evidence: field === "" ? evidence : `${field} ${evidence}`,
      consequence: rest.length > 0 ? rest.join("; ") : "kube-nft does without it",
      remedy: config.errors.length > 0 ? "correct it" : "nothing, unless something relies on it",
    } as const;
  });
}

/** The agent must not depend on the Services that it serves. */
function server(server: Server | undefined, apiServer: Candidate["apiServer"]): readonly Finding[] {
  if (server === undefined) return [noServer(apiServer)];
  const { clusterIPs, endpoints } = apiServer;
  const isService =
    clusterIPs.some((each) => each === server.host) || /^kubernetes(\.default(\.|$)|$)/.test(server.host);
  if (!isService) return [];
  return [
    {
      severity: "error",
      subject: "the API server",
      evidence: `is ${server.host} to kube-proxy, which is the Service default/kubernetes`,
      consequence: "after a reboot, the agent cannot reach it: nothing serves that Service yet",
      remedy: `use its own address, or that of a load balancer${known(endpoints)}`,
    },
  ];
}

function noServer({ endpoints }: Candidate["apiServer"]): Finding {
  return {
    severity: "warning",
    subject: "the API server",
    evidence: "has no known address that works without Services",
    consequence: "with the ClusterIP of default/kubernetes, the agent cannot reach it after a reboot",
    remedy: `set KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT in deploy/base/config-map.yaml${known(endpoints)}`,
  };
}

function known(endpoints: readonly string[]): string {
  if (endpoints.length === 0) return "";
  return endpoints.length === 1
    ? `: ${endpoints[0]}`
    : `: one before ${shortened(endpoints)}, of which any one may be away`;
}

import type { ClusterFacts } from "../doctor/cluster/cluster.ts";
import { bridgesUnfiltered } from "../doctor/node/bridges.ts";
import { foreignPolicies } from "../doctor/node/foreign-policies.ts";
import { forwardingOff } from "../doctor/node/forwarding.ts";
import { kernelFindings } from "../doctor/node/kernel.ts";
import type { NodeFacts } from "../doctor/node/node-facts.ts";
import { strictReversePaths } from "../doctor/node/reverse-paths.ts";
import type { Finding } from "../service/findings.ts";

/** Obstacles on this node. The doctor's findings about its agent and tables are left out: there are none yet. */
export function nodeObstacles(cluster: ClusterFacts, node: NodeFacts): readonly Finding[] {
  return [
    ...kernelFindings(node),
    ...forwardingOff(cluster, node),
    ...strictReversePaths(node),
    ...bridgesUnfiltered(node),
    ...foreignPolicies(node),
    ...takenPorts(cluster, node),
  ];
}

/** The ports for health and metrics, which kube-proxy uses now and kube-nft waits for. */
function takenPorts({ nodes }: ClusterFacts, { listening, proxies, hasAgent }: NodeFacts): readonly Finding[] {
  if (proxies.running.length > 0 || hasAgent) return [];
  return [10256, 10249].flatMap((port) => {
    const isTaken = [...nodes].some((address) => ["yes", "loopback"].includes(listening(address, "tcp", port) ?? "no"));
    if (!isTaken) return [];
    return [
      {
        severity: "warning",
        subject: `port ${port}`,
        evidence: "is taken on this node, and no kube-proxy runs here",
        consequence: `kube-nft still serves Services, but its ${port === 10256 ? "health checks" : "metrics"} cannot be reached, and its pod does not become ready`,
        remedy:
          "find the program that listens there (ss -ltnp), or give kube-nft another port: healthzBindAddress, metricsBindAddress",
      } as const,
    ];
  });
}

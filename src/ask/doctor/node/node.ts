import type { Finding } from "../../service/findings.ts";
import type { ClusterFacts } from "../cluster/cluster.ts";
import { agentFindings } from "./agent.ts";
import { bridgesUnfiltered } from "./bridges.ts";
import { conntrackFindings } from "./conntrack.ts";
import { foreignPolicies } from "./foreign-policies.ts";
import { forwardingOff } from "./forwarding.ts";
import { kernelFindings } from "./kernel.ts";
import { notListening } from "./listeners.ts";
import { tunnelMTUs } from "./mtu.ts";
import { neverReached } from "./never-reached.ts";
import type { NodeFacts } from "./node-facts.ts";
import { otherProxies } from "./other-proxies.ts";
import { strictReversePaths } from "./reverse-paths.ts";
import { flowFindings } from "./service-flows.ts";

/** What is wrong with this node; one function for each kind. */
export function nodeFindings(cluster: ClusterFacts, node: NodeFacts): readonly Finding[] {
  return [
    ...agentFindings(node),
    ...forwardingOff(cluster, node),
    ...strictReversePaths(node),
    ...bridgesUnfiltered(node),
    ...tunnelMTUs(node),
    ...conntrackFindings(node),
    ...foreignPolicies(node),
    ...neverReached(cluster, node),
    ...otherProxies(node),
    ...kernelFindings(node),
    ...notListening(cluster, node),
    ...flowFindings(node),
    ...node.unseen.map(
      (what): Finding => ({
        severity: "note",
        subject: "kube-nft doctor",
        evidence: `could not examine ${what}`,
        consequence: "faults there are not among these findings",
        remedy: "run it as root on the node, or in a privileged pod with hostNetwork and hostPID",
      }),
    ),
  ];
}

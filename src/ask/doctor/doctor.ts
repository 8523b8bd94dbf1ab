import { inOrder } from "../service/finding-lines.ts";
import type { Finding } from "../service/findings.ts";
import { type ClusterFacts, clusterFindings } from "./cluster/cluster.ts";
import { nodeFindings } from "./node/node.ts";
import type { NodeFacts } from "./node/node-facts.ts";

/**
 * What is wrong with a cluster, as far as its objects show it, and with a node; worst first.
 *
 * @param node undefined if only the objects are known
 */
export function diagnosis(cluster: ClusterFacts, node: NodeFacts | undefined): readonly Finding[] {
  return inOrder([...clusterFindings(cluster), ...(node === undefined ? [] : nodeFindings(cluster, node))]);
}

import { objectText } from "../decode/object.ts";
import { quote } from "../decode/quote.ts";
import type { Cluster } from "../model/cluster.ts";
import type { Problem } from "../model/problem.ts";

/**
 * What is wrong with the name of the node that a ruleset is for: no Node of the input has it or, if the input has no
 * Nodes, no endpoint is on it. Then nothing is local to it.
 */
export function nodeNameProblem(nodeName: string, { nodes, services, endpointSlices }: Cluster): Problem | undefined {
  if (nodes.some(({ name }) => name === nodeName)) return undefined;
  const problem = (message: string) => ({
    object: objectText("Node", { metadata: { name: nodeName } }),
    field: "",
    message: `${message}, so no endpoint is local to it; check --node-name`,
  });
  if (nodes.length > 0) {
    const names = nodes.slice(0, 3).map(({ name }) => name);
    const others = nodes.length > names.length ? ` and ${nodes.length - names.length} others` : "";
    return problem(`is not in the input, which has ${names.join(", ")}${others}`);
  }
  const needsLocal = services.some(
    ({ internalTrafficPolicy, externalTrafficPolicy }) =>
      internalTrafficPolicy === "Local" || externalTrafficPolicy === "Local",
  );
  const names = needsLocal
    ? endpointSlices.flatMap(({ endpoints }) => endpoints.states.map((each) => each.nodeName))
    : [];
  const other = names.find((name) => name !== undefined);
  if (other === undefined || names.includes(nodeName)) return undefined;
  return problem(`is not in the input, and no endpoint is on it (others are on ${quote(other)})`);
}

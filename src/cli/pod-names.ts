import type { ServiceFlow } from "../ask/flows/service-flow.ts";
import type { ServiceAnswer } from "../ask/service/no-explanation.ts";
import type { ObjectKey } from "../model/service.ts";
import { agentSays } from "./from-agent.ts";

/**
 * Returns a function that adds the names of pods to flows, as the agent of this node knows them. It keeps none, and asks
 * the API server about one Service at a time: so those of a few Services are told, and none where it cannot be asked.
 */
export function podNamesOfAgent(): (flows: readonly ServiceFlow[]) => Promise<readonly ServiceFlow[]> {
  const pods = new Map<string, string>();
  const asked = new Set<ObjectKey>();
  return async (flows) => {
    for (const { service } of flows) {
      if (service === undefined || asked.has(service) || asked.size >= mostServices) continue;
      asked.add(service);
      for (const { address, pod } of await endpointsOf(service)) {
        if (pod !== undefined) pods.set(`${service} ${address}`, pod);
      }
    }
    return flows.map((each) => ({ ...each, pod: pods.get(`${each.service} ${each.endpoint.address}`) }));
  };
}

/** The agent asks the API server no more often than that at once. */
const mostServices = 20;

async function endpointsOf(service: ObjectKey) {
  const answer = await agentSays<ServiceAnswer>("/explain.json", { service }).catch(() => undefined);
  return answer?.kind === "explained" ? answer.explanation.ports.flatMap(({ endpoints }) => endpoints) : [];
}

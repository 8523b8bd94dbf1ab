import type { ServiceFlow } from "../ask/flows/service-flow.ts";
import type { ServiceAnswer } from "../ask/service/no-explanation.ts";
import type { ObjectKey } from "../model/service.ts";
import { agentSays } from "./from-agent.ts";

/**
 * Returns a function that adds pod names to flows, as this node's agent knows them. The agent does not store them, and
 * asks the API server about one Service at a time: so only the names of a few Services are added, and none if the API
 * server does not answer.
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

/** The agent does not ask the API server more often than this at once. */
const mostServices = 20;

async function endpointsOf(service: ObjectKey) {
  const answer = await agentSays<ServiceAnswer>("/explain.json", { service }).catch(() => undefined);
  return answer?.kind === "explained" ? answer.explanation.ports.flatMap(({ endpoints }) => endpoints) : [];
}

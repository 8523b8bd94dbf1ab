import { answerPacket } from "../ask/packet-answer.ts";
import type { PacketExplanation } from "../ask/packet-explanation.ts";
import { explainService } from "../ask/service/explanation.ts";
import { type ServiceAnswer, whyUnexplained } from "../ask/service/no-explanation.ts";
import { serviceDetails, serviceNames } from "../decode/service-details.ts";
import type { ObjectKey } from "../model/service.ts";
import { agentSays, asksAgent } from "./from-agent.ts";
import { say } from "./output.ts";
import { relatedObjects } from "./related.ts";
import { serviceKeyOf } from "./service-name.ts";
import type { SourceOptions } from "./sources.ts";
import { askedWorlds } from "./worlds.ts";

/** The explanation of a Service. Rejects if there is none. */
export async function serviceExplanation(options: SourceOptions, name: string, port: string | undefined) {
  const key = serviceKeyOf(name);
  const answer = (await asksAgent(options))
    ? await agentSays<ServiceAnswer>("/explain.json", { service: key, port })
    : await fromSources(options, key, port);
  if (answer.kind === "unexplained") throw new Error(whyUnexplained(key, answer));
  if (!answer.hasDetails) say("the API server does not answer now: names of pods and zones are missing");
  const { explanation } = answer;
  if (port !== undefined && explanation.ports.length === 0)
    throw new Error(`Service ${key} has no port ${JSON.stringify(port)}`);
  return explanation;
}

async function fromSources(
  options: SourceOptions,
  key: ObjectKey,
  portFilter: string | undefined,
): Promise<ServiceAnswer> {
  const asked = await askedWorlds(options, false);
  const { worlds } = asked;
  const objects = [...asked.objects, ...(await relatedObjects(asked, (service) => service === key))];
  const details = serviceDetails(objects, key);
  const explanation = explainService(worlds, key, { details, portFilter });
  const hasDetails = true;
  return explanation === undefined
    ? { kind: "unexplained", details, hasDetails, known: serviceNames(objects) }
    : { kind: "explained", explanation, hasDetails };
}

export async function packetExplanation(options: SourceOptions, from: string, to: string): Promise<PacketExplanation> {
  if (await asksAgent(options)) return agentSays("/packet.json", { from, to });
  return answerPacket((await askedWorlds(options, false)).worlds, from, to);
}

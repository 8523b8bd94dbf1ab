import { frontendKeyOf } from "../compile/plan/frontends.ts";
import { loopbackPlaces } from "../compile/plan/loopback.ts";
import { endpointPlan } from "../compile/plan/service-plan.ts";
import { addressFamily, familyName, loopbackAddress } from "../model/address.ts";
import { servicePortName } from "../model/service.ts";
import { evaluator } from "../nft/evaluate/evaluate.ts";
import type { Packet } from "../nft/evaluate/packet.ts";
import { explainPacket, type PacketExplanation, type RelayExplanation } from "./packet-explanation.ts";
import { packetOf, QuestionError, sender, target } from "./packet-question.ts";
import { packetTable } from "./packet-table.ts";
import type { World } from "./world.ts";

/** What happens to a packet. Throws a QuestionError. */
export function answerPacket(worlds: readonly World[], from: string, to: string): PacketExplanation {
  const [client, aim] = [sender(from), target(to)];
  const family = addressFamily(aim.daddr);
  const world = worlds.find((each) => each.family === family);
  if (world === undefined)
    throw new QuestionError(`--to is an ${familyName(family)} address, and ${familyName(family)} is left out here`);
  const packet = packetOf(world, client, aim);
  const outcomes = evaluator(packetTable(world, packet), world.nodeAddresses)(packet);
  return explainPacket(packet, outcomes, explainRelay(world, packet));
}

/** The kernel delivers only what this node itself sends to its loopback addresses. */
function explainRelay(
  { plans, settings, family }: World,
  { protocol, daddr, dport, iifname }: Packet,
): RelayExplanation | undefined {
  const owner = plans.owners.owner(frontendKeyOf(undefined, protocol, dport));
  if (owner === undefined || daddr !== loopbackAddress[family] || iifname !== undefined) return undefined;
  const places = loopbackPlaces(owner.port, owner.frontend, settings.families[family]);
  if (places.length === 0) return undefined;
  const endpoints = places.map((place) => endpointPlan(owner.port, place));
  return {
    servicePort: servicePortName(owner.plan.service, owner.port.port),
    endpoints: endpoints.map(({ endpoint, port }) => `${endpoint.address} port ${port}`),
  };
}

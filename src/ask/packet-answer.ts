import { addressFamily, familyName } from "../model/address.ts";
import { evaluator } from "../nft/evaluate/evaluate.ts";
import { explainPacket, type PacketExplanation } from "./packet-explanation.ts";
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
  return explainPacket(packet, evaluator(packetTable(world, packet), world.nodeAddresses)(packet));
}

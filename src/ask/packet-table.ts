import { frontendKeyOf } from "../compile/plan/frontends.ts";
import { listOf } from "../compile/plan/service-plan.ts";
import type { Address } from "../model/address.ts";
import { type Port, port } from "../model/port.ts";
import { type ObjectKey, serviceKey } from "../model/service.ts";
import type { Packet } from "../nft/evaluate/packet.ts";
import type { Table } from "../nft/ruleset.ts";
import type { World } from "./world.ts";

/**
 * All rules, and the elements that a packet can meet: those of the Services that have its destination, and of those that
 * have the endpoints to which it may be translated.
 */
export function packetTable(world: World, packet: Packet): Table {
  const { plans } = world;
  const own = servicesAt(world, packet, packet.daddr, port(packet.dport));
  const onward = own.flatMap((key) =>
    (plans.planOf(key)?.ports ?? []).flatMap((each) => {
      const lists = [...listOf(each, "cluster"), ...listOf(each, "local")];
      return lists.flatMap(({ endpoint, port }) => servicesAt(world, packet, endpoint.address, port));
    }),
  );
  return plans.renderedFor([...own, ...onward]);
}

function servicesAt(
  { plans }: World,
  { protocol }: Packet,
  address: Address,
  number: Port | undefined,
): readonly ObjectKey[] {
  const found = [plans.clusterIPOwner(address)];
  if (protocol !== "icmp" && number !== undefined) {
    // The rules decide whether an address serves NodePorts.
    for (const where of [address, undefined]) {
      const owner = plans.owners.owner(frontendKeyOf(where, protocol, number));
      found.push(owner && serviceKey(owner.plan.service));
    }
  }
  return found.filter((key) => key !== undefined);
}

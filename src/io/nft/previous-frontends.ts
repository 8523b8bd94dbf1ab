import { frontendOfElement, frontendSets } from "../../compile/lower/nftables/sets.ts";
import type { FrontendKey } from "../../compile/plan/frontends.ts";
import type { Family } from "../../model/address.ts";
import type { Talker } from "../netlink/netlink.ts";
import { readSets } from "./known-table.ts";

/**
 * The UDP frontends with endpoints in our table in the kernel. Before the first sync, these are what the previous process
 * served, so they show which flows to frontends that are gone since were ours.
 */
export async function readPreviousFrontends(family: Family, talk?: Talker): Promise<ReadonlySet<FrontendKey>> {
  const names = [frontendSets.address.udp.endpoints, frontendSets.nodePort.udp.endpoints];
  const maps = await readSets(family, names, false, talk);
  const frontends = [...maps].flatMap(([set, elements]) => elements.map(({ key }) => frontendOfElement(set, key)));
  return new Set(frontends.filter((each) => each !== undefined));
}

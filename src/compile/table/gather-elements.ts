import type { Address } from "../../model/address.ts";
import type { Element } from "../../nft/ruleset.ts";
import { lowerFrontend } from "../lower/frontend-elements.ts";
import type { FrontendOwners } from "./frontend-owners.ts";
import type { PlannedService } from "./planned-services.ts";
import { sharedAddresses, sharedElement, sharedSets } from "./shared-addresses.ts";

/** All elements of a table, by set, in the order of the Services. */
export function gatherElements(
  services: readonly PlannedService[],
  owners: FrontendOwners,
  settingsElements: ReadonlyMap<string, readonly Element[]>,
): ReadonlyMap<string, readonly Element[]> {
  const all = new Map(Array.from(settingsElements, ([set, elements]) => [set, [...elements]]));
  const listOf = (set: string) => {
    const list = all.get(set) ?? [];
    all.set(set, list);
    return list;
  };
  const shared = { "cluster-ips": new Set<Address>(), hairpin: new Set<Address>() };
  for (const { plan, frontends } of services) {
    for (const each of frontends) {
      if (owners.isLost(each)) continue;
      for (const { set, elements } of lowerFrontend(each).groups) {
        const list = listOf(set);
        for (const element of elements()) list.push(element);
      }
    }
    const own = sharedAddresses(plan);
    for (const set of sharedSets) for (const address of own[set]) shared[set].add(address);
  }
  for (const set of sharedSets) for (const address of shared[set]) listOf(set).push(sharedElement(set, address));
  return all;
}

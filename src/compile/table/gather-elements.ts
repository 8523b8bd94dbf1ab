import type { Element } from "../../nft/ruleset.ts";
import { lowerFrontend } from "../lower/nftables/frontend-elements.ts";
import type { FrontendOwners } from "./frontend-owners.ts";
import type { PlannedService } from "./planned-services.ts";
import { type SharedElements, sharedSets } from "./shared-elements.ts";

/** All elements of a table, by set, in the order of the Services. */
export function gatherElements(
  services: readonly PlannedService[],
  owners: FrontendOwners,
  shared: SharedElements,
  settingsElements: ReadonlyMap<string, readonly Element[]>,
): ReadonlyMap<string, readonly Element[]> {
  const all = new Map(Array.from(settingsElements, ([set, elements]) => [set, [...elements]]));
  const listOf = (set: string) => {
    const list = all.get(set) ?? [];
    all.set(set, list);
    return list;
  };
  for (const { frontends } of services) {
    for (const each of frontends) {
      if (owners.isLost(each)) continue;
      for (const { set, elements } of lowerFrontend(each).groups) {
        const list = listOf(set);
        for (const element of elements()) list.push(element);
      }
    }
  }
  for (const set of sharedSets) {
    const elements = shared.gather(set, services);
    if (elements.length > 0) all.set(set, [...elements]);
  }
  return all;
}

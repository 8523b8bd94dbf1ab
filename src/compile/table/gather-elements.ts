import type { Element } from "../../nft/ruleset.ts";
import { lowerFrontend } from "../lower/frontend-elements.ts";
import type { FrontendOwners } from "./frontend-owners.ts";
import type { PlannedService } from "./planned-services.ts";
import { type SharedSet, sharedElement, sharedNames, sharedSets } from "./shared-elements.ts";

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
  const shared = new Map<SharedSet, Set<string>>(sharedSets.map((set) => [set, new Set()]));
  for (const service of services) {
    for (const each of service.frontends) {
      if (owners.isLost(each)) continue;
      for (const { set, elements } of lowerFrontend(each).groups) {
        const list = listOf(set);
        for (const element of elements()) list.push(element);
      }
    }
    const own = sharedNames(service);
    for (const [set, names] of shared) for (const name of own[set]) names.add(name);
  }
  for (const [set, names] of shared) for (const name of names) listOf(set).push(sharedElement(set, name));
  return all;
}

import type { Element, ElementTuple } from "../../nft/ruleset.ts";
import { lowerFrontend } from "../lower/nftables/frontend-elements.ts";
import { frontendOfElement } from "../lower/nftables/sets.ts";
import type { FrontendOwners } from "./frontend-owners.ts";
import { isShared, type SharedElements, sharedElement, sharedName } from "./shared-elements.ts";

/** The element that a set should have for a key, found without making all others. */
export function desiredElement(
  set: string,
  key: ElementTuple,
  owners: FrontendOwners,
  shared: SharedElements,
  settingsElements: ReadonlyMap<string, readonly Element[]>,
): Element | undefined {
  const isFound = (element: Element) => element.key.every((part, index) => part === key[index]);
  const frontend = frontendOfElement(set, key);
  if (frontend === undefined) {
    if (!isShared(set)) return settingsElements.get(set)?.find(isFound);
    const name = sharedName(set, key);
    const element = sharedElement(set, name);
    return shared.has(set, name) && isFound(element) ? element : undefined;
  }
  const owner = owners.owner(frontend);
  for (const group of owner === undefined ? [] : lowerFrontend(owner).groups) {
    const found = group.set === set ? group.elements().find(isFound) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

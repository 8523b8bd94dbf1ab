import { cidr } from "../../model/cidr.ts";
import type { Element, ElementTuple, NamedSet } from "../ruleset.ts";
import { memoized } from "./memoized.ts";

/** The element of a set that a key meets. What a lookup costs does not depend on the number of elements. */
export type SetIndex = (key: ElementTuple) => Element | undefined;

export function setIndex({ flag, elements }: NamedSet): SetIndex {
  return flag === "interval" ? intervalIndex(elements) : exactIndex(elements);
}

type Part = ElementTuple[number];
type Branch = Map<Part, Branch | Element>;

/** A tree with a level for each part of the key: quicker than texts of whole keys. */
function exactIndex(elements: readonly Element[]): SetIndex {
  const root: Branch = new Map();
  for (const element of elements) {
    let branch = root;
    for (const part of element.key.slice(0, -1)) {
      const next = branch.get(part);
      const child = next instanceof Map ? next : new Map();
      branch.set(part, child);
      branch = child;
    }
    branch.set(element.key.at(-1) ?? "", element);
  }
  return (key) => {
    let found: Branch | Element | undefined = root;
    for (const part of key) found = found instanceof Map ? found.get(part) : undefined;
    return found instanceof Map ? undefined : found;
  };
}

/** An index for each combination of prefix lengths that there is; a key is looked up in each, as networks of these. */
function intervalIndex(elements: readonly Element[]): SetIndex {
  const lengthsOf = ({ key }: Element) => key.map((part) => /\/\d+$/.exec(String(part))?.[0] ?? "");
  const alike = Map.groupBy(elements, (element) => lengthsOf(element).join());
  const indexes = [...alike].map(([lengths, some]) => ({
    find: exactIndex(some),
    networks: lengths
      .split(",")
      .map((length) => memoized((part: Part) => (length ? (cidr(part + length) ?? "") : part))),
  }));
  return (key) => {
    for (const { find, networks } of indexes) {
      const element = find(key.map((part, index) => networks[index]?.(part) ?? part));
      if (element) return element;
    }
    return undefined;
  };
}

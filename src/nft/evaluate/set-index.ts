import { cidr } from "../../model/cidr.ts";
import { printTuple } from "../print-set.ts";
import type { Element, ElementTuple, NamedSet } from "../ruleset.ts";

/** The element of a set that a key meets. What a lookup costs does not depend on the number of elements. */
export type SetIndex = (key: ElementTuple) => Element | undefined;

export function setIndex({ flag, elements }: NamedSet): SetIndex {
  return flag === "interval" ? intervalIndex(elements) : exactIndex(elements);
}

function exactIndex(elements: readonly Element[]): SetIndex {
  const byKey = new Map(elements.map((element) => [printTuple(element.key), element]));
  return (key) => byKey.get(printTuple(key));
}

/** An index for each combination of prefix lengths that there is; a key is looked up in each, as networks of these. */
function intervalIndex(elements: readonly Element[]): SetIndex {
  const byLengths = new Map<string, Element[]>();
  for (const element of elements) {
    const lengths = element.key.map((part) => /\/\d+$/.exec(String(part))?.[0] ?? "").join(" ");
    const alike = byLengths.get(lengths);
    if (alike) alike.push(element);
    else byLengths.set(lengths, [element]);
  }
  const indexes = [...byLengths].map(([lengths, alike]) => ({ lengths: lengths.split(" "), find: exactIndex(alike) }));
  return (key) => {
    for (const { lengths, find } of indexes) {
      const element = find(key.map((part, index) => (lengths[index] ? (cidr(part + lengths[index]) ?? "") : part)));
      if (element) return element;
    }
    return undefined;
  };
}

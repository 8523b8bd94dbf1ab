import { type CIDR, cidr, prefixLength } from "../../model/cidr.ts";
import { portsOf } from "../port-range.ts";
import type { Element, ElementTuple, NamedSet } from "../ruleset.ts";

/** Finds the element of a set for a key. The cost of a lookup does not depend on the number of elements. */
export type SetIndex = (key: ElementTuple) => Element | undefined;

export function setIndex({ flag, elements }: NamedSet): SetIndex {
  return flag === "interval" ? intervalIndex(elements) : exactIndex(elements);
}

type Part = ElementTuple[number];
type Branch = Map<Part, Branch | Element>;

/** A tree with a level for each part of the key: faster than texts of whole keys. */
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

/** The branches for a part of a key: one value, or the networks or ports that contain it. */
type Place = {
  readonly exact: Map<Part, Place>;
  readonly networks: Map<number, Map<CIDR, Place>>;
  readonly ports: Map<Part, { readonly first: number; readonly last: number; readonly place: Place }>;
  element?: Element;
};

/** A tree with a level for each part of the key, whose branches are values, networks by their length, and ranges of ports. */
function intervalIndex(elements: readonly Element[]): SetIndex {
  const root = emptyPlace();
  for (const element of elements) {
    let place = root;
    for (const part of element.key) place = branch(place, part);
    place.element = element;
  }
  return (key) => find(root, key);
}

function emptyPlace(): Place {
  return { exact: new Map(), networks: new Map(), ports: new Map() };
}

function branch({ exact, networks, ports }: Place, part: Part): Place {
  const network = typeof part === "string" && part.includes("/") ? cidr(part) : undefined;
  if (network !== undefined) {
    const length = prefixLength(network);
    const alike = networks.get(length) ?? new Map<CIDR, Place>();
    networks.set(length, alike);
    return valueOf(alike, network, emptyPlace);
  }
  const [first, last] = (typeof part === "string" && portsOf(part)) || [];
  if (first === undefined || last === undefined) return valueOf(exact, part, emptyPlace);
  return valueOf(ports, part, () => ({ first, last, place: emptyPlace() })).place;
}

function valueOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

function find({ exact, networks, ports, element }: Place, key: ElementTuple, level = 0): Element | undefined {
  const part = key[level];
  if (part === undefined) return element;
  const places = [exact.get(part)];
  for (const [length, alike] of networks) {
    const network = cidr(`${part}/${length}`);
    places.push(network && alike.get(network));
  }
  for (const { first, last, place } of ports.values())
    if (first <= Number(part) && Number(part) <= last) places.push(place);
  for (const place of places) {
    const found = place && find(place, key, level + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

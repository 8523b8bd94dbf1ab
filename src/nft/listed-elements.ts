import { hasProperty, list, property } from "./json.ts";
import type { Element, ElementTuple, Verdict } from "./ruleset.ts";

/**
 * The elements of the sets in the output of `nft -j list map …`, by the name of their set.
 *
 * Takes any JSON (libnftables-json(5)); what it does not know becomes an element that equals none of ours.
 */
export function listedElements(json: unknown): ReadonlyMap<string, readonly Element[]> {
  const sets = new Map<string, readonly Element[]>();
  for (const object of list(property(json, "nftables"))) {
    const set = property(object, "map") ?? property(object, "set");
    const name = property(set, "name");
    const isMap = property(object, "map") !== undefined;
    if (typeof name === "string")
      sets.set(
        name,
        list(property(set, "elem")).map((item) => listedElement(item, isMap)),
      );
  }
  return sets;
}

function listedElement(item: unknown, isMap: boolean): Element {
  const [keyed, value] = isMap ? list(item) : [item];
  const attributes = property(keyed, "elem");
  const comment = property(attributes, "comment");
  return {
    key: tuple(property(attributes, "val") ?? keyed),
    ...(isMap ? { value: verdict(value) ?? tuple(value) } : {}),
    ...(typeof comment === "string" ? { owner: comment } : {}),
  };
}

function tuple(value: unknown): ElementTuple {
  const parts = property(value, "concat");
  return (parts === undefined ? [value] : list(parts)).map(part);
}

function part(value: unknown): string | number {
  if (typeof value === "string" || typeof value === "number") return value;
  const prefix = property(value, "prefix");
  if (prefix !== undefined) return `${property(prefix, "addr")}/${property(prefix, "len")}`;
  return JSON.stringify(value) ?? "";
}

function verdict(value: unknown): Verdict | undefined {
  for (const kind of ["accept", "drop", "return"] as const) if (hasProperty(value, kind)) return { kind };
  for (const kind of ["jump", "goto"] as const) {
    const chain = property(property(value, kind), "target");
    if (typeof chain === "string") return { kind, chain };
  }
  return undefined;
}

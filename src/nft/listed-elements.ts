import { list, property } from "./json.ts";
import type { Element } from "./ruleset.ts";

/**
 * The elements of a set of addresses and networks, in the output of `nft -j list set …`.
 *
 * Takes any JSON (libnftables-json(5)). What it does not recognize becomes an element that is equal to none of ours.
 */
export function listedElements(json: unknown): readonly Element[] {
  return list(property(json, "nftables")).flatMap((object) =>
    list(property(property(object, "set"), "elem")).map((item) => ({ key: [address(item)] })),
  );
}

function address(item: unknown): string {
  const value = property(property(item, "elem"), "val") ?? item;
  if (typeof value === "string") return value;
  const prefix = property(value, "prefix");
  if (prefix !== undefined) return `${property(prefix, "addr")}/${property(prefix, "len")}`;
  return JSON.stringify(value) ?? "";
}

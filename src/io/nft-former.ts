import { execa } from "execa";
import { endpointsMap } from "../compile/sets.ts";
import type { Family } from "../model/address.ts";
import { listedElements } from "../nft/listed-elements.ts";
import { tableName } from "../nft/ruleset.ts";

/** A UDP frontend, `10.96.0.10 53` or `30053` for a NodePort, and one of its endpoints, `10.244.1.2 5353`. */
export type FormerFrontend = { readonly frontend: string; readonly endpoint: string };

/**
 * The UDP frontends and endpoints that our table has in the kernel. Before the first sync these are what the process
 * before this one served, so of flows to frontends that are gone since, they tell which were ours.
 */
export async function readFormerFrontends(family: Family): Promise<readonly FormerFrontend[]> {
  const maps = [endpointsMap("address", "udp"), endpointsMap("nodePort", "udp")];
  return (await Promise.all(maps.map((map) => readMap(family, map)))).flat();
}

async function readMap(family: Family, map: string): Promise<readonly FormerFrontend[]> {
  const args = ["-j", "list", "map", family, tableName, map];
  const { failed, stdout } = await execa("nft", args, { reject: false, maxBuffer: 1 << 30, timeout: 10_000 });
  // There is no such map where an earlier process had no use for it, and no table where there was none.
  if (failed) return [];
  const json: unknown = JSON.parse(stdout ?? "");
  return [...(listedElements(json).get(map) ?? [])].flatMap(({ key, value }) => {
    if (value === undefined || "kind" in value) return [];
    return [{ frontend: key.slice(0, -1).join(" "), endpoint: value.join(" ") }];
  });
}

import { frontendSets } from "../../compile/lower/sets.ts";
import type { Family } from "../../model/address.ts";
import { readSets } from "./known-table.ts";

/** A UDP frontend, `10.96.0.10 53` or `30053` for a NodePort, and one of its endpoints, `10.244.1.2 5353`. */
export type FormerFrontend = { readonly frontend: string; readonly endpoint: string };

/**
 * The UDP frontends and endpoints that our table has in the kernel. Before the first sync these are what the process
 * before this one served, so of flows to frontends that are gone since, they tell which were ours.
 */
export async function readFormerFrontends(family: Family): Promise<readonly FormerFrontend[]> {
  const maps = await readSets(family, [frontendSets.address.udp.endpoints, frontendSets.nodePort.udp.endpoints], false);
  return [...maps.values()].flat().flatMap(({ key, value }) => {
    if (value === undefined || "kind" in value) return [];
    return [{ frontend: key.slice(0, -1).join(" "), endpoint: value.join(" ") }];
  });
}

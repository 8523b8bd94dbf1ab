import { execa } from "execa";
import { dispatchMap } from "../compile/sets.ts";
import type { Family } from "../model/address.ts";
import { list, property } from "../nft/json.ts";
import { printTuple } from "../nft/print-set.ts";
import { tableName } from "../nft/ruleset.ts";
import type { FrontendConnections } from "./metrics-connections.ts";

/**
 * The new connections that the kernel has counted for each frontend of our table. Needs the ruleset to have counters.
 *
 * It lists two maps: 10,000 frontends take 0.2 s of processor time. A map that is not there has counted nothing.
 */
export async function readConnections(family: Family, nft = "nft"): Promise<readonly FrontendConnections[]> {
  const lists = await Promise.all(
    (["address", "nodePort"] as const).map(async (kind) => {
      const args = ["-j", "list", "map", family, tableName, dispatchMap(kind)];
      const { stdout, stderr, failed, shortMessage } = await execa(nft, args, {
        maxBuffer: 1 << 30,
        timeout: 10_000,
        reject: false,
      });
      if (stderr?.includes("No such file or directory")) return [];
      if (failed) throw new Error(shortMessage);
      return elements(JSON.parse(stdout)).flatMap((element) => counted(kind, element) ?? []);
    }),
  );
  return lists.flat();
}

/** Element and verdict, of each map in nft's JSON. */
function elements(json: unknown): readonly unknown[] {
  return list(property(json, "nftables")).flatMap((object) => list(property(property(object, "map"), "elem")));
}

function counted(kind: FrontendConnections["kind"], pair: unknown): FrontendConnections | undefined {
  const element = property(list(pair)[0], "elem");
  const key = list(property(property(element, "val"), "concat"));
  const protocol = key[kind === "address" ? 1 : 0];
  const owner = property(element, "comment");
  const packets = property(property(element, "counter"), "packets");
  if (typeof owner !== "string" || typeof packets !== "number") return undefined;
  return { owner, kind, protocol: String(protocol), frontend: printTuple(key.map(scalar)), connections: packets };
}

function scalar(value: unknown): string | number {
  return typeof value === "number" ? value : String(value);
}

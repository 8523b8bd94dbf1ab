import { execa } from "execa";
import { type AnyChain, allChainsRequest, anyChainOf } from "../../netlink/all-chains.ts";
import { askWhole, withNetlink } from "../netlink/netlink.ts";

/**
 * The chains of all programs' nftables tables in this network namespace. nft is not used, because some versions fail on
 * foreign sets.
 */
export function readAllChains(): Promise<readonly AnyChain[]> {
  return withNetlink(async (ask) => {
    let chains: AnyChain[] = [];
    await askWhole(ask, allChainsRequest(), () => {
      chains = [];
      return (message) => void chains.push(anyChainOf(message));
    });
    return chains;
  });
}

/**
 * The chains of a program such as iptables-legacy in one of its tables, which nftables does not show.
 *
 * Rejects if there is no such program, or it fails.
 */
export async function readLegacyChains(program: string, table: string): Promise<readonly AnyChain[]> {
  const { stdout } = await execa(program, ["-w", "5", "-t", table, "-S"], { stdin: "ignore", timeout: 10_000 });
  return legacyChains(program, table, stdout);
}

/** From a listing such as `-P FORWARD DROP`, `-N KUBE-SERVICES`, `-A FORWARD -j …`. */
export function legacyChains(program: string, table: string, listing: string): readonly AnyChain[] {
  const rules = new Map<string, number>();
  for (const [, name = ""] of listing.matchAll(/^-A (\S+)/gm)) rules.set(name, (rules.get(name) ?? 0) + 1);
  return Array.from(listing.matchAll(/^-[PN] (\S+)(?: (\S+))?$/gm), ([, name = "", policy]) => ({
    family: program,
    table,
    name,
    hook: policy === undefined ? undefined : name.toLowerCase(),
    drops: policy === "DROP",
    uses: rules.get(name) ?? 0,
  }));
}

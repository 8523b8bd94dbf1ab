import { listedFamily, parseListing } from "../../iptables/parse.ts";
import { type Address, address, addressFamily, type Family, families } from "../../model/address.ts";
import { list, property } from "../../nft/json.ts";
import type { World } from "../world.ts";
import { plannedTable } from "./planned.ts";
import { iptablesServed } from "./read-iptables.ts";
import { ipvsServed, virtualServers } from "./read-ipvs.ts";
import { nftablesServed } from "./read-nftables.ts";
import type { Mode, ServedTable } from "./served.ts";

/** What another proxy has in the kernel for one family, as listed by a program. */
export type Listed = { readonly mode: Mode; readonly family: Family; readonly served: (world: World) => ServedTable };

/**
 * Recognizes the output of `iptables-save`, `ip6tables-save`, `nft -j list table … kube-proxy` and `ipvsadm-save -n`;
 * empty if it contains nothing of kube-proxy. Throws an Error if the text is none of these.
 *
 * @param ipvsAddresses the addresses of the interface kube-ipvs0, if they are known
 */
export function listed(text: string, ipvsAddresses?: ReadonlySet<Address>): readonly Listed[] {
  if (text.trimStart().startsWith("{")) return inNftables(JSON.parse(text));
  if (/^\*(nat|filter)\b/m.test(text)) return inIptables(text);
  if (text.trim() === "" || /^-[Aa] (-[tuf]|--sctp-service) /m.test(text)) return inIPVS(text, ipvsAddresses);
  throw new Error("this is not what iptables-save, nft -j list table or ipvsadm-save -n writes");
}

/** The addresses in the output of `ip -o address show dev kube-ipvs0`. */
export function interfaceAddresses(text: string): ReadonlySet<Address> {
  const found = Array.from(text.matchAll(/ inet6? ([^/ ]+)/g), ([, ip = ""]) => address(ip));
  return new Set(found.flatMap((ip) => ip ?? []));
}

function inNftables(json: unknown): readonly Listed[] {
  const objects = list(property(json, "nftables"));
  return families.flatMap((family) => {
    const isTable = (object: unknown) => {
      const table = property(object, "table");
      return property(table, "name") === "kube-proxy" && property(table, "family") === family;
    };
    if (!objects.some(isTable)) return [];
    const own = objects.filter((object) => {
      const [part] = ["set", "map", "rule"].flatMap((kind) => property(object, kind) ?? []);
      return property(part, "table") === "kube-proxy" && property(part, "family") === family;
    });
    const served = nftablesServed({ nftables: own });
    return [{ mode: "nftables", family, served: () => served } as const];
  });
}

/** In mode ipvs, kube-proxy has some iptables chains, too, but none of this name for NodePorts. */
function inIptables(text: string): readonly Listed[] {
  const listing = parseListing(text);
  const family = listedFamily(text);
  if (!listing.nat.has("KUBE-NODEPORTS") || family === undefined) return [];
  const served = iptablesServed(listing);
  return [{ mode: "iptables", family, served: () => served }];
}

function inIPVS(text: string, ipvsAddresses: ReadonlySet<Address> | undefined): readonly Listed[] {
  const servers = virtualServers(text);
  return families.flatMap((family) => {
    const own = servers.filter((each) => addressFamily(each.address) === family);
    if (own.length === 0) return [];
    const served = (world: World) => {
      const planned = new Set([...plannedTable(world).frontends.keys()].map((key) => key.split(" ", 1)[0]));
      // Without the interface's addresses: every address that is not only the node's own.
      const isFrontend = (ip: Address) => ipvsAddresses?.has(ip) ?? (planned.has(ip) || !world.nodeAddresses.has(ip));
      return ipvsServed(own, isFrontend);
    };
    return [{ mode: "ipvs", family, served } as const];
  });
}

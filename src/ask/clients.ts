import { type Address, address, addressBytes, addressOfBytes, type Family, isLoopback } from "../model/address.ts";
import { type CIDR, lastAddress } from "../model/cidr.ts";
import type { Packet } from "../nft/evaluate/packet.ts";
import type { World } from "./world.ts";

/** Where a packet comes from: its source and interface; no interface if this node itself sends it. */
export type Client = Pick<Packet, "saddr" | "iifname">;

/** A client outside the cluster: an address reserved for documentation, which nothing here has. */
export function outsideClient({ family, nodeAddresses, podNetwork, serviceNetwork }: World): Client {
  const isFree = (each: Address) => !nodeAddresses.has(each) && !podNetwork(each) && !serviceNetwork(each);
  const choices = documentation[family].flatMap((text) => address(text) ?? []);
  const saddr = choices.find(isFree) ?? choices[0];
  if (saddr === undefined) throw new Error(`no address of ${family} is known`);
  return { saddr, iifname: "uplink" };
}

const documentation: Readonly<Record<Family, readonly string[]>> = {
  ip: ["198.51.100.77", "192.0.2.77", "203.0.113.77"],
  ip6: ["2001:db8:ffff::77", "2001:db8:77::77", "3fff::77"],
};

/** This node as a client: if it sends to itself, source and destination are the same. */
export function nodeClient({ family, settings, nodeAddresses }: World, daddr: Address): Client | undefined {
  if (nodeAddresses.has(daddr) || isLoopback(daddr)) return { saddr: daddr };
  const [first] = nodeAddresses;
  const saddr = settings.families[family].nodeIP ?? first;
  return saddr === undefined ? undefined : { saddr };
}

/** A pod on this node; undefined if there is no way to recognize one. */
export function podClient(world: World, saddr = podAddress(world)): Client | undefined {
  const iifname = podInterface(world);
  return saddr === undefined || iifname === undefined ? undefined : { saddr, iifname };
}

/** An interface on which packets from this node's pods may arrive. */
export function podInterface({ settings, family }: World): string | undefined {
  const detect = settings.families[family].detectLocal;
  switch (detect.kind) {
    case "none":
      return undefined;
    case "cidrs":
      return "pod";
    case "interface":
      return detect.name;
    case "interfacePrefix":
      return `${detect.prefix}0`;
  }
}

function podAddress(world: World): Address | undefined {
  const { settings, family } = world;
  const detect = settings.families[family].detectLocal;
  if (detect.kind === "cidrs") return detect.cidrs.map(lastAddress)[0];
  return outsideClient(world).saddr;
}

/** The addresses at the edges of a network: the first and last inside, and their neighbours outside. */
export function edges(network: CIDR): readonly Address[] {
  const first = address(network.slice(0, network.indexOf("/")));
  const last = lastAddress(network);
  return [first, last, first && neighbour(first, -1), neighbour(last, 1)].filter((each) => each !== undefined);
}

/** The address after or before another; undefined at the end of the range. */
export function neighbour(from: Address, by: 1 | -1): Address | undefined {
  const bytes = [...(addressBytes(from) ?? [])];
  for (let index = bytes.length - 1; index >= 0; index--) {
    const value = (bytes[index] ?? 0) + by;
    bytes[index] = (value + 256) % 256;
    if (value >= 0 && value < 256) return addressOfBytes(bytes);
  }
  return undefined;
}

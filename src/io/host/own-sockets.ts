import { readFileSync } from "node:fs";
import type { OwnSockets } from "../../daemon/follow/flow-judge.ts";
import { address, addressFamily, addressOfBytes } from "../../model/address.ts";
import { isHostAddress } from "./addresses.ts";

/**
 * The UDP sockets of this network namespace that wait for anybody's packets; those of the kernel, such as VXLAN's, are
 * among them. They are read once, when they are first asked for.
 *
 * @param net where the kernel's lists are
 */
export function ownSockets(net = "/proc/net", hasAddress = isHostAddress): OwnSockets {
  let places: ReadonlySet<string> | undefined;
  return {
    hasAddress,
    takesUDP(address, port) {
      places ??= new Set([...udpPlaces(`${net}/udp`), ...udpPlaces(`${net}/udp6`)]);
      if (places.has(`${address} ${port}`)) return true;
      const isAny = places.has(`:: ${port}`) || (addressFamily(address) === "ip" && places.has(`0.0.0.0 ${port}`));
      return isAny && hasAddress(address);
    },
  };
}

/** Such as `10.0.0.1 53`. A socket at `::` may take packets of IPv4 too. */
function udpPlaces(file: string): readonly string[] {
  const lines = read(file).matchAll(/^ *\d+: ([\dA-F]+):([\dA-F]{4}) 0+:0000 /gm);
  return Array.from(lines, ([, words = "", port = ""]) => `${addressOfWords(words)} ${Number.parseInt(port, 16)}`);
}

/** The kernel prints addresses in words of four bytes, each as a number of this machine. */
export function addressOfWords(words: string): string | undefined {
  const bytes = (words.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  return address(addressOfBytes(bytes.map((byte) => Number.parseInt(byte, 16))));
}

/** IPv6 may be switched off. */
function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

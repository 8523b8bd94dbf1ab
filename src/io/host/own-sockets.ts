import type { OwnSockets } from "../../daemon/follow/flow-judge.ts";
import { type Address, address, addressFamily, addressOfBytes } from "../../model/address.ts";
import { isHostAddress } from "./addresses.ts";
import { textOf } from "./text-of.ts";

/**
 * The UDP sockets of this network namespace, including the kernel's own, such as VXLAN's. They are read once, on first
 * use.
 *
 * @param net where the kernel's lists are
 */
export function ownSockets(net = "/proc/net", hasAddress = isHostAddress): OwnSockets {
  let known: readonly Socket[] | undefined;
  const placesOf = (isWanted: (socket: Socket) => boolean) => {
    known ??= [...udpSockets(`${net}/udp`), ...udpSockets(`${net}/udp6`)];
    return new Set(known.filter(isWanted).map(({ place }) => place));
  };
  let [waiting, all]: (ReadonlySet<string> | undefined)[] = [];
  const isAt = (places: ReadonlySet<string>, address: Address, port: number) => {
    if (places.has(`${address} ${port}`)) return true;
    // A socket on `::` may receive IPv4 packets, too.
    const isAny = places.has(`:: ${port}`) || (addressFamily(address) === "ip" && places.has(`0.0.0.0 ${port}`));
    return isAny && hasAddress(address);
  };
  return {
    hasAddress,
    takesUDP(address, port) {
      waiting ??= placesOf(({ isConnected }) => !isConnected);
      return isAt(waiting, address, port);
    },
    hasUDP(address, port) {
      all ??= placesOf(() => true);
      return isAt(all, address, port);
    },
  };
}

/** `place`: such as `10.0.0.1 53`. */
type Socket = { readonly place: string; readonly isConnected: boolean };

function udpSockets(file: string): readonly Socket[] {
  // IPv6 may be disabled.
  const lines = (textOf(file) ?? "").matchAll(/^ *\d+: ([\dA-F]+):([\dA-F]{4}) ([\dA-F:]+) /gm);
  return Array.from(lines, ([, words = "", port = "", remote = ""]) => ({
    place: `${addressOfWords(words)} ${Number.parseInt(port, 16)}`,
    isConnected: /[^0:]/.test(remote),
  }));
}

/** The kernel prints addresses as words of four bytes, in the byte order of this machine. */
export function addressOfWords(words: string): string | undefined {
  const bytes = (words.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  return address(addressOfBytes(bytes.map((byte) => Number.parseInt(byte, 16))));
}

import { type Address, addressBytes, addressFamily, addressOfBytes, compareAddresses, type Family } from "./address.ts";

/** A network in canonical form, host bits zero: `10.96.0.0/16`, `fd00::/64`. */
export type CIDR = string & { readonly brand: "CIDR" };

/** Parses a network, or returns undefined; leading zeros and host bits are accepted. */
export function cidr(text: string): CIDR | undefined {
  const [prefixText = "", lengthText = "", ...rest] = text.split("/");
  const bytes = addressBytes(prefixText);
  if (!bytes || rest.length > 0 || !/^\d{1,9}$/.test(lengthText)) return undefined;
  const isMapped = prefixText.includes(":") && bytes.length === 4;
  const length = Number(lengthText) - (isMapped ? 96 : 0);
  if (length < 0 || length > bytes.length * 8) return undefined;
  const network = bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, length - index * 8))) & 0xff);
  return `${addressOfBytes(network)}/${length}` as CIDR;
}

/** The network that holds one address only. */
export function hostCIDR(address: Address): CIDR {
  return `${address}/${addressFamily(address) === "ip" ? 32 : 128}` as CIDR;
}

/** The addresses of a host that no other can reach. */
export const loopback = {
  ip: "127.0.0.0/8" as CIDR,
  ip6: "::1/128" as CIDR,
} as const satisfies Readonly<Record<Family, CIDR>>;

/** The network as nft lists it in a set: a single address without its prefix length. */
export function cidrElement(cidr: CIDR): string {
  return prefixLength(cidr) === (cidrFamily(cidr) === "ip" ? 32 : 128) ? networkAddress(cidr) : cidr;
}

export function cidrFamily(cidr: CIDR): Family {
  return cidr.includes(":") ? "ip6" : "ip";
}

/** The length of the prefix in bits: 0 to 32 or 128. */
export function prefixLength(cidr: CIDR): number {
  return Number(cidr.slice(cidr.indexOf("/") + 1));
}

export function cidrContains(cidr: CIDR, address: Address): boolean {
  return cidrFinder([cidr])(address) !== undefined;
}

/** Returns a function that gives the first of some networks that an address is in. It is quick where the address is in none. */
export function cidrFinder(cidrs: readonly CIDR[]): (address: Address) => CIDR | undefined {
  const networks = cidrs.map((cidr) => {
    const length = prefixLength(cidr);
    const bytes = (addressBytes(networkAddress(cidr)) ?? []).map((byte, index) => {
      const bits = Math.min(8, Math.max(0, length - index * 8));
      return { byte, mask: (0xff00 >> bits) & 0xff };
    });
    return { cidr, beginning: commonText(cidr, length), isWhole: isWholeText(cidr, length), bytes };
  });
  return (address) => {
    for (const { cidr, beginning, isWhole, bytes } of networks) {
      if (!address.startsWith(beginning)) continue;
      if (isWhole) return cidr;
      const own = addressBytes(address) ?? [];
      if (own.length !== bytes.length) continue;
      if (bytes.every(({ byte, mask }, index) => ((byte ^ (own[index] ?? 0)) & mask) === 0)) return cidr;
    }
    return undefined;
  };
}

/** What the texts of all addresses of a network begin with: whole octets, or the first group of IPv6. */
function commonText(cidr: CIDR, length: number): string {
  if (cidrFamily(cidr) === "ip6") return length < 16 ? "" : (/^[^:]+:/.exec(cidr)?.[0] ?? "");
  const octets = Math.min(3, Math.floor(length / 8));
  return cidr
    .split(".")
    .slice(0, octets)
    .map((octet) => `${octet}.`)
    .join("");
}

/** Whether all addresses that begin with `commonText` are of the network. */
function isWholeText(cidr: CIDR, length: number): boolean {
  return cidrFamily(cidr) === "ip" && (length === 8 || length === 16 || length === 24);
}

/** The highest address of a network. */
export function lastAddress(cidr: CIDR): Address {
  const length = prefixLength(cidr);
  const bytes = addressBytes(networkAddress(cidr)) ?? [];
  return addressOfBytes(bytes.map((byte, index) => byte | (0xff >> Math.min(8, Math.max(0, length - index * 8)))));
}

/**
 * The same set of addresses as disjoint networks in numeric order.
 *
 * Two CIDRs are disjoint or nested, so leaving out what lies in another is enough. Interval sets refuse overlaps.
 */
export function disjointCIDRs(cidrs: readonly CIDR[]): readonly CIDR[] {
  const ordered = [...cidrs].sort(
    (a, b) => compareAddresses(networkAddress(a), networkAddress(b)) || prefixLength(a) - prefixLength(b),
  );
  const disjoint: CIDR[] = [];
  for (const cidr of ordered) {
    const last = disjoint.at(-1);
    if (last === undefined || !cidrContains(last, networkAddress(cidr))) disjoint.push(cidr);
  }
  return disjoint;
}

/** The same set of addresses as the fewest networks, in numeric order. */
export function mergedCIDRs(cidrs: readonly CIDR[]): readonly CIDR[] {
  const merged: CIDR[] = [];
  for (const each of disjointCIDRs(cidrs)) {
    let last = each;
    for (let other = merged.at(-1); other !== undefined; other = merged.at(-1)) {
      const both = cidr(`${networkAddress(last)}/${prefixLength(last) - 1}`);
      const areHalves = prefixLength(other) === prefixLength(last) && both?.startsWith(`${networkAddress(other)}/`);
      if (!areHalves || both === undefined) break;
      merged.pop();
      last = both;
    }
    merged.push(last);
  }
  return merged;
}

function networkAddress(cidr: CIDR): Address {
  return cidr.slice(0, cidr.indexOf("/")) as Address;
}

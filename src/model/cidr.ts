import {
  type Address,
  addressBytes,
  addressFamily,
  addressOfBytes,
  compareAddresses,
  type Family,
  ipv4Bits,
} from "./address.ts";

/** A network in canonical form, host bits zero: `10.96.0.0/16`, `fd00::/64`. */
export type CIDR = string & { readonly brand: "CIDR" };

/** Parses a network, or returns undefined. Leading zeros and host bits are accepted. */
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

/** The network of a single address. */
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

/** Whether all addresses of a network are in another. */
export function isWithin(inner: CIDR, outer: CIDR): boolean {
  return prefixLength(inner) >= prefixLength(outer) && cidrContains(outer, networkAddress(inner));
}

export function cidrContains(cidr: CIDR, address: Address): boolean {
  return newFinder([cidr])(address) !== undefined;
}

type Finder = (address: Address) => CIDR | undefined;

const finders = new WeakMap<readonly CIDR[], Finder>();

/** Gives a function that returns the first of some networks that an address is in; the same one for the same list. */
export function cidrFinder(cidrs: readonly CIDR[]): Finder {
  const finder = finders.get(cidrs) ?? newFinder(cidrs);
  finders.set(cidrs, finder);
  return finder;
}

function newFinder(cidrs: readonly CIDR[]): Finder {
  const ofFamily = (family: Family) => cidrs.filter((cidr) => cidrFamily(cidr) === family);
  const ip = ofFamily("ip").map((cidr) => {
    const length = prefixLength(cidr);
    return { cidr, bits: ipv4Bits(networkAddress(cidr)) ?? 0, mask: length === 0 ? 0 : -1 << (32 - length) };
  });
  const ip6 = ofFamily("ip6").map((cidr) => ({ cidr, beginning: commonText(cidr), contains: membership(cidr) }));
  return (address) => {
    const own = ipv4Bits(address);
    if (own === undefined)
      return ip6.find(({ beginning, contains }) => address.startsWith(beginning) && contains(address))?.cidr;
    for (const { cidr, bits, mask } of ip) if (((bits ^ own) & mask) === 0) return cidr;
    return undefined;
  };
}

/** What the texts of all addresses of an IPv6 network begin with: the first group, which tells most of them apart. */
function commonText(cidr: CIDR): string {
  return prefixLength(cidr) < 16 ? "" : (/^[^:]+:/.exec(cidr)?.[0] ?? "");
}

function membership(cidr: CIDR): (address: Address) => boolean {
  const length = prefixLength(cidr);
  const network = addressBytes(networkAddress(cidr)) ?? [];
  return (address) => {
    const own = addressBytes(address) ?? [];
    return network.every((byte, index) => {
      const bits = Math.min(8, Math.max(0, length - index * 8));
      return ((byte ^ (own[index] ?? 0)) & (0xff00 >> bits) & 0xff) === 0;
    });
  };
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

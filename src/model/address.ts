/** An IPv4 address in dotted decimal without leading zeros, such as `10.96.0.10`. */
export type IPv4Address = string & { readonly brand: "IPv4Address" };

/** An IPv6 address in the canonical form of RFC 5952, such as `fd00:10:96::a`. */
export type IPv6Address = string & { readonly brand: "IPv6Address" };

/** An IP address in canonical form: equal addresses are equal strings. */
export type Address = IPv4Address | IPv6Address;

/** nft's name for an address family. Each family has its own table. */
export type Family = "ip" | "ip6";

export const families: readonly Family[] = ["ip", "ip6"];

/** Kubernetes' name for the family. */
export function familyName(family: Family): "IPv4" | "IPv6" {
  return family === "ip" ? "IPv4" : "IPv6";
}

/**
 * Parses an address, or returns undefined.
 *
 * Kubernetes reads IPv4 octets with leading zeros as decimal (`172.30.0.041` is 172.30.0.41), and stored objects hold
 * such addresses, so they are accepted here and made canonical. An IPv4-mapped IPv6 address is the IPv4 address.
 */
export function address(text: string): Address | undefined {
  const bytes = addressBytes(text);
  return bytes && addressOfBytes(bytes);
}

export function addressFamily(address: Address): Family {
  return address.includes(":") ? "ip6" : "ip";
}

/** The 4 or 16 bytes of an address in network order, or undefined if the text is not an address. */
export function addressBytes(text: string): readonly number[] | undefined {
  return text.includes(":") ? ipv6Bytes(text) : ipv4Bytes(text);
}

/** The canonical text of 4 or 16 bytes. */
export function addressOfBytes(bytes: readonly number[]): Address {
  return bytes.length === 4 ? (bytes.join(".") as IPv4Address) : ipv6Text(bytes);
}

/** A text whose code units are the address's bytes: comparing two of a family compares the addresses as numbers. */
export function addressOrder(address: Address): string {
  const bits = ipv4Bits(address);
  if (bits === undefined) return String.fromCharCode(...(ipv6Bytes(address) ?? []));
  return String.fromCharCode(bits >>> 24, (bits >>> 16) & 255, (bits >>> 8) & 255, bits & 255);
}

/** Orders IPv4 before IPv6, and numerically within a family. */
export function compareAddresses(a: Address, b: Address): number {
  if (a === b) return 0;
  const left = addressOrder(a);
  const right = addressOrder(b);
  return left.length - right.length || (left < right ? -1 : 1);
}

/** Whether a text is a loopback address (127.0.0.0/8 or ::1). No packet rule serves NodePorts there, and they are not endpoints. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** The address at which a host reaches itself. */
export const loopbackAddress = {
  ip: "127.0.0.1" as IPv4Address,
  ip6: "::1" as IPv6Address,
} as const satisfies Readonly<Record<Family, Address>>;

/** The 32 bits of an IPv4 address, or undefined. One pass over the characters: this runs for each endpoint of a cluster. */
export function ipv4Bits(text: string): number | undefined {
  let [bits, octets, value] = [0, 0, -1];
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? 46 : text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      value = Math.max(value, 0) * 10 + code - 48;
      if (value > 255) return undefined;
    } else if (code === 46 && value >= 0) {
      bits = (bits << 8) | value;
      octets += 1;
      value = -1;
    } else return undefined;
  }
  return octets === 4 ? bits : undefined;
}

function ipv4Bytes(text: string): readonly number[] | undefined {
  const bits = ipv4Bits(text);
  return bits === undefined ? undefined : [bits >>> 24, (bits >>> 16) & 255, (bits >>> 8) & 255, bits & 255];
}

function ipv6Bytes(text: string): readonly number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupBytes(halves[0] ?? "", halves.length === 1);
  const tail = groupBytes(halves[1] ?? "", true);
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  const bytes = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return isMapped ? bytes.slice(12) : bytes;
}

function groupBytes(text: string, isLast: boolean): readonly number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (/^[\da-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
      continue;
    }
    const dotted = isLast && index === groups.length - 1 ? ipv4Bytes(group) : undefined;
    if (!dotted) return undefined;
    bytes.push(...dotted);
  }
  return bytes;
}

function ipv6Text(bytes: readonly number[]): IPv6Address {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0));
  const zeros = longestZeroRun(groups);
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  const text =
    zeros.length < 2
      ? hex(groups)
      : `${hex(groups.slice(0, zeros.start))}::${hex(groups.slice(zeros.start + zeros.length))}`;
  return text as IPv6Address;
}

/** RFC 5952, 4.2: the longest run of zero groups is shortened, the first one among equals, a single group never. */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}

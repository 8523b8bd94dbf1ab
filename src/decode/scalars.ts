import { type Address, address, addressBytes, addressFamily, addressOfBytes, isLoopback } from "../model/address.ts";
import { cidr } from "../model/cidr.ts";
import { type Protocol, port } from "../model/port.ts";
import { isNot, scalar } from "./part.ts";
import { quote } from "./quote.ts";

export const PortNumber = scalar(isNot("a port number (1 to 65535)"), (value) =>
  typeof value === "number" ? port(value) : undefined,
);

export const IPAddress = scalar(isNot("an IP address"), ipAddress);

/** An address that may be an endpoint, an external IP or a load balancer IP. */
export const ForeignAddress = scalar(whyNotForeign, foreignAddress);

function ipAddress(value: unknown): Address | undefined {
  return typeof value === "string" ? address(value) : undefined;
}

/**
 * An address that is not special on each node. The API server rejects others as endpoints and externalIPs, because with
 * them a Service could reach what only a node should reach, such as its metadata service.
 */
export function foreignAddress(value: unknown): Address | undefined {
  const address = ipAddress(value);
  return address === undefined || specialRange(address) !== undefined ? undefined : address;
}

/** What is wrong with a value for which `foreignAddress` returns nothing. */
export function whyNotForeign(value: unknown): string {
  const address = ipAddress(value);
  return address === undefined ? isNot("an IP address")(value) : `${quote(value)} is ${specialRange(address)}`;
}

function specialRange(address: Address): string | undefined {
  if (address.startsWith("0.") || address === "::") return "an unspecified address";
  if (isLoopback(address)) return "a loopback address";
  const isIPv4 = addressFamily(address) === "ip";
  if (isIPv4 ? address.startsWith("169.254.") : /^fe[89ab].:/.test(address)) return "a link-local address";
  if (isIPv4 ? /^2(2[4-9]|3\d)\./.test(address) : /^ff..:/.test(address)) return "a multicast address";
  if (isIPv4) return /^2(4\d|5[0-5])\./.test(address) ? "a reserved address" : undefined;
  return specialForm(address);
}

/** An IPv6 form of an IPv4 address leads to the same host as that address, where it is translated. */
function specialForm(address: Address): string | undefined {
  const at = forms.find(({ text }) => text.test(address))?.at;
  if (at === undefined) return undefined;
  const embedded = addressOfBytes((addressBytes(address) ?? []).slice(at, at + 4));
  const special = specialRange(embedded);
  return special && `a form of ${embedded}, ${special}`;
}

/** ::/96, ::ffff:0:0:0/96, NAT64 (RFC 6052, 8215) and 6to4, with the position of the IPv4 address's bytes. */
const forms: readonly { readonly text: RegExp; readonly at: number }[] = [
  { text: /^::[\da-f]+(:[\da-f]+)?$/, at: 12 },
  { text: /^::ffff:0:[\da-f]+:[\da-f]+$/, at: 12 },
  { text: /^64:ff9b:/, at: 12 },
  { text: /^2002:/, at: 2 },
];

/** White space around it is accepted, as in loadBalancerSourceRanges. */
export const Network = scalar(isNot("a network in CIDR notation"), (value) =>
  typeof value === "string" ? cidr(value.trim()) : undefined,
);

const labelPattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const subdomainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** RFC 1123: what Kubernetes requires of the names of Services, namespaces and ports. */
export const DNSLabel = scalar(isNot("a name (at most 63 of a-z, 0-9 and -, not - at the ends)"), (value) =>
  typeof value === "string" && labelPattern.test(value) ? value : undefined,
);

/** RFC 1123: what Kubernetes requires of the names of most other objects. */
export const DNSSubdomain = scalar(
  isNot("a name (at most 253 of a-z, 0-9, - and ., not - or . at the ends)"),
  (value) => (typeof value === "string" && value.length <= 253 && subdomainPattern.test(value) ? value : undefined),
);

/** Nothing distinguishes ports with an empty name or none, so there can be only one per protocol. */
export const PortName = scalar(isNot("a port name (at most 63 of a-z, 0-9 and -, not - at the ends)"), (value) => {
  const name = value ?? "";
  return typeof name === "string" && (name === "" || labelPattern.test(name)) ? name : undefined;
});

const protocolNames: Readonly<Record<string, Protocol>> = { TCP: "tcp", UDP: "udp", SCTP: "sctp" };

/** The API server treats a missing protocol as TCP. */
export const ProtocolName = scalar(isNot("one of TCP, UDP, SCTP"), (value) => {
  const name = value ?? "";
  if (typeof name !== "string") return undefined;
  return name === "" ? "tcp" : Object.hasOwn(protocolNames, name) ? protocolNames[name] : undefined;
});

import { BlockList } from "node:net";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Address, address, addressFamily, addressOfBytes } from "../../src/model/address.ts";
import {
  type CIDR,
  cidr,
  cidrContains,
  cidrElement,
  cidrFamily,
  cidrFinder,
  disjointCIDRs,
  hostCIDR,
  prefixLength,
} from "../../src/model/cidr.ts";

/** Addresses that are near one another, so that networks often hold them. */
const arbitraryAddress: fc.Arbitrary<Address> = fc
  .record({ length: fc.constantFrom(4, 16), bits: fc.array(fc.integer({ min: 0, max: 127 }), { maxLength: 4 }) })
  .map(({ length, bits }) => {
    const bytes = new Array<number>(length).fill(0);
    bytes[0] = length === 4 ? 10 : 0xfd;
    for (const bit of bits) {
      const index = (bit >> 3) % length;
      bytes[index] = (bytes[index] ?? 0) ^ (1 << (bit & 7));
    }
    return addressOfBytes(bytes);
  });

const arbitraryCIDR: fc.Arbitrary<CIDR> = fc
  .record({ ip: arbitraryAddress, length: fc.nat(128) })
  .map(({ ip, length }) => cidrOf(`${ip}/${addressFamily(ip) === "ip" ? length % 33 : length}`));

function cidrOf(text: string): CIDR {
  const read = cidr(text);
  if (read === undefined) throw new Error(`${text} is no network`);
  return read;
}

/** Whether Node.js finds the address in one of the networks. */
function isBlocked(networks: readonly CIDR[], ip: Address): boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [prefix = "", length = ""] = network.split("/");
    list.addSubnet(prefix, Number(length), cidrFamily(network) === "ip" ? "ipv4" : "ipv6");
  }
  return list.check(ip, addressFamily(ip) === "ip" ? "ipv4" : "ipv6");
}

/** node:net looks an IPv4 address up in IPv6 networks, too. */
const ofFamilyOf = (networks: readonly CIDR[], ip: Address) =>
  networks.filter((network) => cidrFamily(network) === addressFamily(ip));

test("the first of several networks that contains an address is found", () => {
  fc.assert(
    fc.property(fc.array(arbitraryCIDR, { maxLength: 4 }), arbitraryAddress, (networks, ip) => {
      expect(cidrFinder(networks)(ip)).toBe(networks.find((network) => cidrContains(network, ip)));
    }),
  );
});

test("a network contains the addresses that Node.js finds in it, and none of the other family", () => {
  fc.assert(
    fc.property(arbitraryCIDR, arbitraryAddress, (network, ip) => {
      const isOfFamily = cidrFamily(network) === addressFamily(ip);
      expect(cidrContains(network, ip)).toBe(isOfFamily && isBlocked([network], ip));
    }),
    { numRuns: 1000 },
  );
});

test("a network is canonical: read again it is the same, and its host bits are zero", () => {
  fc.assert(
    fc.property(arbitraryCIDR, (network) => {
      expect(cidr(network)).toBe(network);
      const [prefix = ""] = network.split("/");
      const base = address(prefix);
      expect(base).toBe(prefix);
      expect(base && cidrContains(network, base)).toBe(true);
    }),
  );
});

test("disjoint networks are disjoint, in order, and contain the same addresses", () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryCIDR, { maxLength: 8 }),
      fc.array(arbitraryAddress, { maxLength: 8 }),
      (all, probes) => {
        const disjoint = disjointCIDRs(all);
        for (const ip of probes) {
          expect(isBlocked(ofFamilyOf(disjoint, ip), ip)).toBe(isBlocked(ofFamilyOf(all, ip), ip));
        }
        for (const network of disjoint) {
          expect(all).toContain(network);
          const [prefix = ""] = network.split("/");
          const base = address(prefix);
          expect(disjoint.filter((other) => base && cidrContains(other, base))).toEqual([network]);
        }
        expect(disjointCIDRs(all.toReversed())).toEqual(disjoint);
      },
    ),
    { numRuns: 1000 },
  );
});

test("an address is only in its own host network", () => {
  fc.assert(
    fc.property(arbitraryAddress, arbitraryAddress, (a, b) => {
      expect(cidrContains(hostCIDR(a), b)).toBe(a === b);
      expect(cidrElement(hostCIDR(a))).toBe(a);
    }),
  );
});

describe("a network is read as Kubernetes reads it", () => {
  test.each([
    ["10.96.0.0/16", "10.96.0.0/16"],
    ["10.96.1.2/16", "10.96.0.0/16"],
    ["203.0.113.000/025", "203.0.113.0/25"],
    ["10.255.255.255/9", "10.128.0.0/9"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["255.255.255.255/32", "255.255.255.255/32"],
    ["FD00:10:96::1/112", "fd00:10:96::/112"],
    ["fd00::ffff/121", "fd00::ff80/121"],
    ["::/0", "::/0"],
    ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
  ])("B-019 %s", (text, expected) => {
    expect(cidr(text)).toBe(expected);
  });

  test.each([
    "",
    "10.96.0.0",
    "10.96.0.0/",
    "/16",
    "10.96.0.0/33",
    "10.96.0.0/-1",
    "10.96.0.0/+1",
    "10.96.0.0/1.5",
    "10.96.0.0/16/16",
    "10.96.0.0/ 16",
    "fd00::/129",
    "::ffff:10.0.0.0/8",
    "10.0.0.0/8 } ; flush ruleset",
    "10.0.0.0/0000000000000008",
  ])("%j is none", (text) => {
    expect(cidr(text)).toBeUndefined();
  });
});

test.each([
  ["10.0.0.0/8", "10.0.0.0/8", 8, "ip"],
  ["10.0.0.1/32", "10.0.0.1", 32, "ip"],
  ["fd00::/64", "fd00::/64", 64, "ip6"],
  ["fd00::1/128", "fd00::1", 128, "ip6"],
  ["fd00::/32", "fd00::/32", 32, "ip6"],
])("nft lists %s as %s", (text, element, length, family) => {
  const network = cidrOf(text);
  expect([cidrElement(network), prefixLength(network), cidrFamily(network)]).toEqual([element, length, family]);
});

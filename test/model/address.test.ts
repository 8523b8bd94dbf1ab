import { isIP } from "node:net";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  address,
  addressBytes,
  addressFamily,
  addressOfBytes,
  addressOrder,
  compareAddresses,
  isLoopback,
} from "../../src/model/address.ts";

const octets = (length: number) => fc.array(fc.integer({ min: 0, max: 255 }), { minLength: length, maxLength: length });

/** Addresses as bytes; IPv6 ones often with runs of zeros, which have a short form. */
const bytes = fc.oneof(
  octets(4),
  octets(16),
  fc
    .array(fc.oneof({ weight: 2, arbitrary: fc.constant([0, 0]) }, { weight: 1, arbitrary: octets(2) }), {
      minLength: 8,
      maxLength: 8,
    })
    .map((groups) => groups.flat()),
);

const isMapped = (all: readonly number[]) =>
  all.length === 16 && all.slice(0, 10).every((byte) => byte === 0) && all[10] === 255 && all[11] === 255;

test("bytes become a canonical text, and that text becomes the same bytes", () => {
  fc.assert(
    fc.property(bytes, (all) => {
      fc.pre(!isMapped(all));
      const text = addressOfBytes(all);
      expect(isIP(text)).toBe(all.length === 4 ? 4 : 6);
      expect(addressBytes(text)).toEqual(all);
      expect(address(text)).toBe(text);
      expect(addressFamily(text)).toBe(all.length === 4 ? "ip" : "ip6");
    }),
  );
});

test("an IPv6 address is written as in RFC 5952, like URLs do", () => {
  fc.assert(
    fc.property(bytes, (all) => {
      fc.pre(all.length === 16 && !isMapped(all));
      const groups = Array.from({ length: 8 }, (_, i) =>
        ((all[2 * i] ?? 0) * 256 + (all[2 * i + 1] ?? 0)).toString(16),
      );
      expect(addressOfBytes(all)).toBe(new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1));
    }),
  );
});

test("addresses are what Node.js accepts, without scopes, and with leading zeros", () => {
  const almost = fc.string({ unit: fc.constantFrom(..."0123456789abcfF:.%/ "), maxLength: 24 });
  fc.assert(
    fc.property(fc.oneof(almost, fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), fc.string()), (text) => {
      const withoutZeros = text.replace(/(?<![\da-f:])0+(?=\d+(?:\.|$))/gi, "");
      const expected = isIP(text.includes(":") ? text.replace(/[^:]*$/, (end) => unpadded(end)) : withoutZeros) > 0;
      expect({ text, isAddress: address(text) !== undefined }).toEqual({
        text,
        isAddress: expected && !text.includes("%"),
      });
    }),
    { numRuns: 5000 },
  );
});

/** A dotted end of an IPv6 address without leading zeros. */
function unpadded(end: string): string {
  return end.includes(".") ? end.replace(/(^|\.)0+(?=\d)/g, "$1") : end;
}

describe("B-019 an address is read as Kubernetes reads it", () => {
  test.each([
    ["10.96.0.10", "10.96.0.10"],
    ["172.30.0.041", "172.30.0.41"],
    ["000.000.000.000", "0.0.0.0"],
    ["0000000010.1.1.1", "10.1.1.1"],
    ["FD00:10:96:0:0:0:0:A", "fd00:10:96::a"],
    ["::", "::"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["::ffff:a00:1", "10.0.0.1"],
    ["::10.0.0.1", "::a00:1"],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:0:0:2:3:0:0:4", "1::2:3:0:0:4"],
    ["1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"],
    ["1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"],
  ])("%s", (text, expected) => {
    expect(address(text)).toBe(expected);
  });

  test.each([
    "",
    " 10.0.0.1",
    "10.0.0.1 ",
    "10.0.0",
    "10.0.0.1.2",
    "10.0.0.256",
    "10..0.1",
    "10.0.0.-1",
    "0x0a.0.0.1",
    "10.0.0.1/32",
    "10.0.0.1 } ; flush ruleset",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "1:2:3:4:5:6:7::8",
    ":::",
    "fd00::12345",
    "fd00::g",
    "fe80::1%eth0",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "[::1]",
    "\u0661.0.0.1",
  ])("%j is none", (text) => {
    expect(address(text)).toBeUndefined();
  });
});

test("addresses are in numeric order, IPv4 first, and the order is total", () => {
  const texts = ["::1", "10.0.0.10", "fd00::2", "10.0.0.9", "9.255.255.255", "fd00::10", "::"];
  const all = texts.flatMap((text) => address(text) ?? []);
  expect(all.sort(compareAddresses)).toEqual([
    "9.255.255.255",
    "10.0.0.9",
    "10.0.0.10",
    "::",
    "::1",
    "fd00::2",
    "fd00::10",
  ]);
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      fc.pre(!isMapped(a) && !isMapped(b));
      const [left, right] = [addressOfBytes(a), addressOfBytes(b)];
      const order = a.length - b.length || Buffer.compare(Buffer.from(a), Buffer.from(b));
      expect(Math.sign(compareAddresses(left, right))).toBe(Math.sign(order));
      expect(addressOrder(left) === addressOrder(right)).toBe(left === right);
    }),
  );
});

test.each([
  ["127.0.0.1", true],
  ["127.255.255.255", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["128.0.0.1", false],
  ["12.7.0.1", false],
  ["::2", false],
  ["0.0.0.0", false],
])("B-136 %s is a loopback address: %s", (text, expected) => {
  const parsed = address(text);
  expect(parsed && isLoopback(parsed)).toBe(expected);
});

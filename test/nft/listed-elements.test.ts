import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { listedElements } from "../../src/nft/listed-elements.ts";

/** As `nft -j list` prints a set with these elements. */
function output(elem: readonly unknown[]) {
  const metainfo = { version: "1.0.6", release_name: "Lester Gooch #5", json_schema_version: 1 };
  return { nftables: [{ metainfo }, { set: { family: "ip", name: "s", table: "kube-nft", handle: 1, elem } }] };
}

test.each<[string, unknown, string]>([
  ["an address", "10.96.0.10", "10.96.0.10"],
  ["a network", { prefix: { addr: "10.244.0.0", len: 16 } }, "10.244.0.0/16"],
  ["with attributes", { elem: { val: "10.96.0.10", counter: { packets: 1, bytes: 2 } } }, "10.96.0.10"],
])("%s is read", (_, item, expected) => {
  expect(listedElements(output([item]))).toEqual([{ key: [expected] }]);
});

test("a set without elements has none", () => {
  expect(listedElements({ nftables: [{ set: { name: "a" } }, { table: { name: "c" } }] })).toEqual([]);
});

test.each([
  ["a range", { range: ["10.0.0.1", "10.0.0.9"] }],
  ["something new", { whatever: 1 }],
  ["nothing", null],
])("%s is an element that equals none of ours", (_, item) => {
  expect(listedElements(output([item]))).toEqual([{ key: [JSON.stringify(item)] }]);
});

test("reading never throws, whatever the JSON", () => {
  fc.assert(fc.property(fc.jsonValue(), (json) => void listedElements(json)));
});

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { listedElements } from "../../src/nft/listed-elements.ts";
import { printElement } from "../../src/nft/print-set.ts";

/** As `nft -j list` prints a set or map with these elements. */
function output(kind: "set" | "map", elem: readonly unknown[]) {
  const metainfo = { version: "1.0.6", release_name: "Lester Gooch #5", json_schema_version: 1 };
  return { nftables: [{ metainfo }, { [kind]: { family: "ip", name: "s", table: "kube-nft", handle: 1, elem } }] };
}

/** The elements in our words. */
function printed(json: unknown): readonly string[] {
  return (listedElements(json).get("s") ?? []).map((element) => printElement({ value: "verdict" }, element));
}

test.each<[string, "set" | "map", unknown, string]>([
  ["an address", "set", "10.96.0.10", "10.96.0.10"],
  ["a concatenation", "set", { concat: ["10.96.0.10", "tcp", 80] }, "10.96.0.10 . tcp . 80"],
  ["a network", "set", { prefix: { addr: "10.244.0.0", len: 16 } }, "10.244.0.0/16"],
  [
    "a network in a concatenation",
    "set",
    { concat: ["203.0.113.1", "tcp", 80, { prefix: { addr: "192.0.2.0", len: 24 } }] },
    "203.0.113.1 . tcp . 80 . 192.0.2.0/24",
  ],
  ["with attributes", "set", { elem: { val: "10.96.0.10", counter: { packets: 1, bytes: 2 } } }, "10.96.0.10"],
  [
    "an endpoint",
    "map",
    [{ concat: ["10.96.0.10", 53, 0] }, { concat: ["10.244.1.11", 53] }],
    "10.96.0.10 . 53 . 0 : 10.244.1.11 . 53",
  ],
  ["a verdict", "map", [{ concat: ["tcp", 30080] }, { goto: { target: "refuse" } }], "tcp . 30080 : goto refuse"],
  ["a jump", "map", ["10.0.0.1", { jump: { target: "c" } }], "10.0.0.1 : jump c"],
  ["a verdict without chain", "map", ["10.0.0.1", { drop: null }], "10.0.0.1 : drop"],
  ["accept", "map", ["10.0.0.1", { accept: null }], "10.0.0.1 : accept"],
  ["return", "map", ["10.0.0.1", { return: null }], "10.0.0.1 : return"],
  [
    "a comment",
    "map",
    [{ elem: { val: { concat: ["tcp", 80] }, comment: "default/web:http", counter: {} } }, { goto: { target: "c" } }],
    'tcp . 80 comment "default/web:http" : goto c',
  ],
])("%s is read", (_, kind, item, expected) => {
  expect(printed(output(kind, [item]))).toEqual([expected]);
});

test("a set without elements has none, and several sets are apart", () => {
  const json = {
    nftables: [{ set: { name: "a" } }, { set: { name: "b", elem: ["10.0.0.1"] } }, { table: { name: "c" } }],
  };
  expect([...listedElements(json)]).toEqual([
    ["a", []],
    ["b", [{ key: ["10.0.0.1"] }]],
  ]);
});

test.each([
  ["a range", { range: ["10.0.0.1", "10.0.0.9"] }],
  ["something new", { whatever: 1 }],
  ["nothing", null],
])("%s is an element that equals none of ours", (_, item) => {
  const [element] = listedElements(output("set", [item])).get("s") ?? [];
  expect(element?.key).toEqual([JSON.stringify(item)]);
});

test("any JSON is taken", () => {
  const arbitrary = fc.oneof(
    fc.jsonValue(),
    fc.array(fc.jsonValue()).map((elem) => output("map", elem)),
    fc.array(fc.jsonValue()).map((elem) => output("set", elem)),
  );
  fc.assert(
    fc.property(arbitrary, (json) => {
      for (const elements of listedElements(json).values()) {
        for (const { key } of elements)
          expect(key.every((part) => ["string", "number"].includes(typeof part))).toBe(true);
      }
    }),
  );
});

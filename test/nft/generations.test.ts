import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Family } from "../../src/model/address.ts";
import { generationReader } from "../../src/nft/generations.ts";
import { kernelTest } from "../support/kernel-test.ts";

/** Transactions, and the families in which each changes our table; undefined where it makes no generation. */
const transactions: readonly (readonly [commands: string, families: readonly Family[] | undefined])[] = [
  ["add table ip kube-nft", ["ip"]],
  ["add table ip6 kube-nft; add chain ip6 kube-nft c", ["ip6"]],
  ["add set ip kube-nft s { type ipv4_addr; }; add set ip6 kube-nft s { type ipv6_addr; }", ["ip", "ip6"]],
  ["add table ip kube-nft-2; add chain ip kube-nft-2 kube-nft", []],
  ["add table inet kube-nft; add table ip kube", []],
  ["add element ip kube-nft s { 10.0.0.1 }", ["ip"]],
  ["add rule ip6 kube-nft c counter", ["ip6"]],
  ["flush chain ip6 kube-nft c", ["ip6"]],
  [
    `add element ip kube-nft s { ${Array.from({ length: 3000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`).join(", ")} }`,
    ["ip"],
  ],
  ["delete element ip kube-nft s { 10.0.0.1 }; add table ip other", ["ip"]],
  ["add table ip kube-nft", undefined],
  ["list table ip kube-nft", undefined],
  ["delete table ip kube-nft", ["ip"]],
  ["flush ruleset", ["ip6"]],
];

/** Listens as the agent does, commits each of its arguments, and prints what it heard. */
const script = `
nft=$1; shift
socat -u SOCKET-RECV:16:3:12:x0000x00000000x40000000,rcvbuf=67108864 - & listener=$!
until awk '$2 == 12 && $4 == "00000040" { found = 1 } END { exit !found }' /proc/net/netlink; do sleep 0.01; done
for commands; do echo "$commands" | $nft -f - >/dev/null || exit; done
$nft -c add table ip kube-nft
sleep 0.3
kill $listener
`;

kernelTest("the kernel's notifications tell which transactions changed our tables, in any pieces", async (nft) => {
  const { stdout } = await promisify(execFile)(
    "unshare",
    ["-n", "sh", "-c", script, "sh", nft, ...transactions.map(([commands]) => commands)],
    { encoding: "buffer", maxBuffer: 1 << 26 },
  );
  const expected = transactions.flatMap(([, families]) => (families === undefined ? [] : [families]));
  expect(generations([stdout])).toEqual(expected);
  const cuts = fc.array(fc.nat(stdout.length), { maxLength: 20 });
  fc.assert(
    fc.property(cuts, (positions) => {
      expect(generations(pieces(stdout, positions))).toEqual(expected);
    }),
    { numRuns: 50 },
  );
  const bytewise = pieces(
    stdout.subarray(0, 5000),
    Array.from({ length: 5000 }, (_, index) => index),
  );
  expect(generations(bytewise)).toEqual(generations([stdout.subarray(0, 5000)]));
});

test("what is no netlink message is refused", () => {
  const read = generationReader(() => {});
  expect(() => read(new Uint8Array(20))).toThrow(RangeError);
  expect(() => generationReader(() => {})(new Uint8Array(19))).not.toThrow();
});

function generations(parts: readonly Uint8Array[]): readonly (readonly Family[])[] {
  const all: (readonly Family[])[] = [];
  const read = generationReader(({ families }) => all.push([...families].sort()));
  for (const part of parts) read(part);
  return all;
}

function pieces(bytes: Uint8Array, positions: readonly number[]): readonly Uint8Array[] {
  const cuts = [0, ...positions.toSorted((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

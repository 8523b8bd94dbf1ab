import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Family } from "../../src/model/address.ts";
import type { Alteration } from "../../src/netlink/alteration.ts";
import { type Generation, generationReader } from "../../src/netlink/generations.ts";
import type { NamedSet } from "../../src/nft/ruleset.ts";
import { kernelTest } from "../support/kernel-test.ts";

/** What a transaction did to our table of a family, in short: `+10.0.0.1`, `-10.0.0.1`, names of sets, `structure`. */
type Told = Partial<Record<Family, string>>;

const sets: readonly NamedSet[] = [
  { name: "s", key: [{ kind: "saddr" }], value: undefined, elements: [] },
  { name: "networks", key: [{ kind: "saddr" }], value: undefined, flag: "interval", elements: [] },
  { name: "affinity", key: [{ kind: "saddr" }], value: undefined, flag: "dynamic", size: 9, elements: [] },
];

/** Transactions, and what each is told to have done; undefined where it makes no generation. */
const transactions: readonly (readonly [commands: string, told: Told | undefined])[] = [
  ["add table ip kube-nft", { ip: "structure" }],
  ["add table ip6 kube-nft; add chain ip6 kube-nft c", { ip6: "structure" }],
  ["add set ip kube-nft s { type ipv4_addr; }; add set ip6 kube-nft s { type ipv6_addr; }", { ip: "s", ip6: "s" }],
  ["add table ip kube-nft-2; add chain ip kube-nft-2 kube-nft", {}],
  ["add table inet kube-nft; add table ip kube", {}],
  ["add element ip kube-nft s { 10.0.0.1, 10.0.0.2 }", { ip: "+10.0.0.1 +10.0.0.2" }],
  ["add rule ip6 kube-nft c counter; add element ip6 kube-nft s { fd00::a }", { ip6: "+fd00::a structure" }],
  ["add rule ip6 kube-nft c tcp dport { 80, 443 } drop", { ip6: "structure" }],
  ["add set ip kube-nft mine { type ipv4_addr; elements = { 10.0.0.9 }; }", { ip: "structure" }],
  ["flush chain ip6 kube-nft c", { ip6: "structure" }],
  [
    `add element ip kube-nft s { ${Array.from({ length: 3000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`).join(", ")} }`,
    { ip: "s" },
  ],
  ["delete element ip kube-nft s { 10.0.0.1 }; add table ip other", { ip: "-10.0.0.1" }],
  ["add set ip kube-nft networks { type ipv4_addr; flags interval; }", { ip: "networks" }],
  ["add element ip kube-nft networks { 10.0.0.0/8 }", { ip: "networks" }],
  ["add set ip kube-nft affinity { type ipv4_addr; flags dynamic, timeout; }", { ip: "affinity" }],
  ["add element ip kube-nft affinity { 10.0.0.1 timeout 1h }", { ip: "" }],
  ["add table ip kube-nft", undefined],
  ["list table ip kube-nft", undefined],
  ["delete table ip kube-nft", { ip: "affinity networks s structure" }],
  ["flush ruleset", { ip6: "s structure" }],
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

/** Listens, and prints the pids of two processes that then commit something. */
const senders = `
nft=$1
socat -u SOCKET-RECV:16:3:12:x0000x00000000x40000000 - & listener=$!
until awk '$2 == 12 && $4 == "00000040" { found = 1 } END { exit !found }' /proc/net/netlink; do sleep 0.01; done
for table in kube-nft other; do
  echo "add table ip $table" | sh -c 'echo $$ >&2; exec "$0" -f -' "$nft"
done
sleep 0.3
kill $listener
`;

kernelTest(
  "the kernel's notifications, in pieces of any size, tell what transactions changed in our tables",
  async (nft) => {
    const { stdout } = await promisify(execFile)(
      "unshare",
      ["-n", "sh", "-c", script, "sh", nft, ...transactions.map(([commands]) => commands)],
      { encoding: "buffer", maxBuffer: 1 << 26 },
    );
    const expected = transactions.flatMap(([, told]) => (told === undefined ? [] : [told]));
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
  },
);

kernelTest(
  "the sender of a transaction is identified, with its pid in its own pid namespace and in the host's",
  async (nft) => {
    const apart = ["-n", "-p", "--fork", "--mount-proc", "sh", "-c", senders, "sh", nft];
    const { stdout, stderr } = await promisify(execFile)("unshare", apart, { encoding: "buffer" });
    const told = read([stdout]).map(({ sender }) => sender);
    const pids = stderr.toString().trim().split("\n").map(Number);
    expect(told.map(({ port }) => port)).toEqual(pids);
    expect(told.every(({ port, pid }) => pid > port)).toBe(true);
    expect(told.map(({ program }) => program)).toEqual(
      ["nft", "nft"].map(() => expect.stringMatching(/^(nft|ld-linux.*)$/)),
    );
  },
);

test("anything but netlink messages is refused", () => {
  const read = generationReader([], () => {});
  expect(() => read(new Uint8Array(20))).toThrow(RangeError);
  expect(() => generationReader([], () => {})(new Uint8Array(19))).not.toThrow();
});

function generations(parts: readonly Uint8Array[]): readonly Told[] {
  return read(parts).map(({ alterations }) =>
    Object.fromEntries([...alterations].map(([family, alteration]) => [family, inShort(alteration)])),
  );
}

function read(parts: readonly Uint8Array[]): readonly Generation[] {
  const all: Generation[] = [];
  const take = generationReader(sets, (generation) => all.push(generation));
  for (const part of parts) take(part);
  return all;
}

function inShort({ elements, sets, structure }: Alteration): string {
  const events = elements.map(({ element: { key }, isThere }) => `${isThere ? "+" : "-"}${key.join(".")}`).sort();
  return [...events, ...[...sets].sort(), ...(structure ? ["structure"] : [])].join(" ");
}

function pieces(bytes: Uint8Array, positions: readonly number[]): readonly Uint8Array[] {
  const cuts = [0, ...positions.toSorted((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { verify } from "../../../src/ask/verify/verify.ts";
import { type World, world } from "../../../src/ask/world.ts";
import { desiredTables } from "../../../src/cli/desired.ts";
import { filledBy } from "../../../src/compile/lower/nftables/sets.ts";
import { address, addressFamily } from "../../../src/model/address.ts";
import { protocols } from "../../../src/model/port.ts";
import { evaluator } from "../../../src/nft/evaluate/evaluate.ts";
import { type Outcome, possibilities } from "../../../src/nft/evaluate/outcome.ts";
import type { Packet } from "../../../src/nft/evaluate/packet.ts";
import type { Table } from "../../../src/nft/ruleset.ts";
import { fixtureNames } from "../../golden/fixture.ts";
import { sourcesOf } from "../../golden/sources.ts";
import { times } from "../../support/thorough.ts";
import { oneMiss } from "../one-miss.ts";
import { type Mutant, mutants } from "./mutants.ts";

/** How many faults of each table are tried. */
const perTable = times(6, Number.POSITIVE_INFINITY);

test.each(fixtureNames)(
  "faults in the ruleset of %s that change what happens to a packet are found",
  async (fixture) => {
    const { tables, settings, node } = await desiredTables(sourcesOf(fixture, "remember"), {
      hostname: "",
      addresses: [],
    });
    for (const plans of tables) {
      const asked = world(plans.family, settings, plans, node?.addresses);
      const table = plans.rendered();
      const packets = somePackets(asked, table);
      for (const { fault, table: mutant } of sample([...mutants(table)])) {
        if (isFound(asked, mutant)) continue;
        const changed = packets.filter((packet) => futures(asked, table, packet) !== futures(asked, mutant, packet));
        expect({ fault, changed }).toEqual({ fault, changed: [] });
      }
    }
  },
);

function isFound(asked: World, mutant: Table): boolean {
  for (const { differences } of verify(asked, mutant)) if (differences.length > 0) return true;
  return false;
}

function sample(all: readonly Mutant[]): readonly Mutant[] {
  if (all.length <= perTable) return all;
  const [chosen = []] = fc.sample(fc.shuffledSubarray([...all], { minLength: perTable, maxLength: perTable }), {
    numRuns: 1,
    seed: 14,
  });
  return chosen;
}

/** A packet's possible results and counters, including those if one lookup misses an element of a frontend. */
function futures(asked: World, table: Table, packet: Packet): string {
  const evaluate = evaluator(table, asked.nodeAddresses);
  const misses = oneMiss(evaluate, packet).filter(({ missed }) => filledBy(missed.set) === "frontend");
  return [text(evaluate(packet)), ...misses.map((each) => text(each.outcomes)).sort()].join("\n");
}

function text(outcomes: readonly Outcome[]): string {
  const counts = outcomes.flatMap(({ effects }) => effects.filter(({ kind }) => kind === "count"));
  return possibilities(outcomes)
    .map(
      ({ result, probability: { numerator, denominator } }) => `${JSON.stringify(result)} ${numerator}/${denominator}`,
    )
    .sort()
    .concat(counts.map((count) => JSON.stringify(count)))
    .join();
}

/** Adds to the knowledge about a table, from its own rules and others. */
function somePackets({ family, nodeAddresses }: World, table: Table): readonly Packet[] {
  const addresses = new Set([...nodeAddresses].filter((each) => addressFamily(each) === family));
  const ports = new Set([80, 12_345]);
  for (const { elements } of table.sets.values()) {
    for (const { key, value } of elements.slice(0, 50)) {
      for (const part of [...key, ...(Array.isArray(value) ? value : [])]) {
        const found = address(String(part).replace(/\/.*/, ""));
        if (found !== undefined) addresses.add(found);
        else if (typeof part === "number" && part > 0 && part < 65_536) ports.add(part);
      }
    }
  }
  const other = address(family === "ip" ? "198.51.100.200" : "2001:db8:ffff::200");
  if (other !== undefined) addresses.add(other);
  const arbitrary = fc.record({
    saddr: fc.constantFrom(...addresses),
    daddr: fc.constantFrom(...addresses),
    protocol: fc.constantFrom(...protocols, "icmp" as const),
    dport: fc.constantFrom(...ports),
    iifname: fc.constantFrom("uplink", "pod"),
  });
  return fc.sample(arbitrary, { numRuns: 60, seed: 15 }).map(
    ({ iifname, protocol, dport, ...packet }): Packet => ({
      ...packet,
      protocol,
      dport: protocol === "icmp" ? 0 : dport,
      ...(nodeAddresses.has(packet.saddr) ? {} : { iifname }),
      conntrack: { kind: "new" },
    }),
  );
}

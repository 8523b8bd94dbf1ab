import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile } from "../../src/compile/compile.ts";
import type { Cluster } from "../../src/model/cluster.ts";
import { serviceKey } from "../../src/model/service.ts";
import type { Table } from "../../src/nft/ruleset.ts";
import { type Command, diffTables, restoreTable } from "../../src/nft/transaction.ts";
import { arbitraryService, arbitrarySettings, arbitrarySlice } from "../support/arbitrary-cluster.ts";
import { FakeKernel, knownOf } from "../support/fake-kernel.ts";
import { contents } from "../support/table-contents.ts";
import { addressSet, affinityMap, base, chain, table } from "./values.ts";

const arbitraryTable: fc.Arbitrary<Table> = fc
  .record({
    cluster: fc.record<Cluster>({
      services: fc.uniqueArray(arbitraryService, { selector: serviceKey, maxLength: 5 }),
      endpointSlices: fc.uniqueArray(arbitrarySlice, { selector: ({ name }) => name, maxLength: 6 }),
      nodes: fc.constant([]),
      serviceCIDRs: fc.constant([]),
    }),
    settings: arbitrarySettings,
  })
  .map(({ cluster, settings }) => compile(cluster, settings).ruleset[0] ?? table([], []));

describe("in a kernel that refuses what the real one does", () => {
  test("from any table to any other, and so on", () => {
    fc.assert(
      fc.property(fc.array(arbitraryTable, { minLength: 1, maxLength: 4 }), (tables) => {
        const kernel = new FakeKernel();
        let applied: Table | undefined;
        for (const desired of tables) {
          kernel.commit([diffTables(applied, desired)]);
          expect(contents(kernel.table("ip"))).toEqual(contents(desired));
          applied = desired;
        }
      }),
      { numRuns: 200 },
    );
  });

  test("a table whose rules are unknown is restored, whatever was done to it", () => {
    fc.assert(
      fc.property(
        arbitraryTable,
        arbitraryTable,
        fc.array(arbitraryEdit(), { maxLength: 6 }),
        fc.boolean(),
        (found, desired, edits, canRead) => {
          const kernel = new FakeKernel();
          kernel.commit([diffTables(undefined, found)]);
          for (const edit of edits) edited(kernel, edit);
          const present = kernel.table("ip");
          kernel.commit([restoreTable(present && knownOf(present, canRead), desired)]);
          expect(contents(kernel.table("ip"))).toEqual(contents(desired));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("restoring keeps what packets put into dynamic maps", () => {
    const sticky = table(
      [affinityMap()],
      [base([{ kind: "update", map: "affinity", key: [{ kind: "saddr" }], value: [{ kind: "daddr" }] }])],
    );
    const kernel = new FakeKernel();
    kernel.commit([diffTables(undefined, sticky)]);
    const remembered = { key: ["192.0.2.1"], value: ["10.244.0.1"] };
    kernel.commit([{ family: "ip", commands: [{ kind: "addElements", set: affinityMap(), elements: [remembered] }] }]);
    kernel.commit([restoreTable(knownOf(sticky), sticky)]);
    expect(kernel.table("ip")?.sets.get("affinity")?.elements).toEqual([remembered]);
  });
});

/** What somebody does to a set or a chain, which is chosen by number. */
type Edit = { readonly kind: "flush set" | "delete element" | "flush chain" | "add"; readonly number: number };

function arbitraryEdit(): fc.Arbitrary<Edit> {
  return fc.record({
    kind: fc.constantFrom<Edit["kind"]>("flush set", "delete element", "flush chain", "add"),
    number: fc.nat(100),
  });
}

function edited(kernel: FakeKernel, { kind, number }: Edit): void {
  const present = kernel.table("ip");
  const sets = [...(present?.sets.values() ?? [])];
  const chains = [...(present?.chains.values() ?? [])];
  const set = sets[number % sets.length];
  const one = chains[number % chains.length];
  const commands: Command[] = [];
  if (kind === "flush set" && set) commands.push({ kind: "flushSet", set });
  if (kind === "delete element" && set)
    commands.push({ kind: "deleteElements", set, elements: set.elements.slice(0, 1) });
  if (kind === "flush chain" && one) commands.push({ kind: "flushChain", chain: one });
  if (kind === "add" && !present?.chains.has(`mine-${number}`)) {
    const mine = chain(`mine-${number}`, [{ kind: "member", key: [{ kind: "saddr" }], set: `mine-${number}` }]);
    commands.push({ kind: "addSet", set: addressSet(mine.name) });
    commands.push({ kind: "addElements", set: addressSet(mine.name), elements: [{ key: ["192.0.2.1"] }] });
    commands.push({ kind: "addChain", chain: mine }, { kind: "addRules", chain: mine });
    if (one) commands.push({ kind: "addRules", chain: { ...one, rules: [[{ kind: "jump", chain: mine.name }]] } });
  }
  kernel.commit([{ family: "ip", commands }]);
}

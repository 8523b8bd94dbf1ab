import { expect, jest, test } from "@jest/globals";
import { FakeKernel } from "../support/fake-kernel.ts";
import { kernelTest, nftPrograms } from "../support/kernel-test.ts";
import { scriptApart } from "../support/script.ts";
import { contents } from "../support/table-contents.ts";
import { isThorough } from "../support/thorough.ts";
import { listingDifferences } from "./listing.ts";
import type { Read } from "./read.ts";
import { type State, states } from "./states.ts";
import { transactions } from "./steps.ts";
import type { Walked } from "./walk.ts";

jest.setTimeout(1_200_000);

test("a transaction from any fixture's state to any other's leads there in a kernel that refuses what the real one does", async () => {
  const all = await states("remember");
  expect(all.length).toBeGreaterThan(50);
  const wanted = new Map(all.map((state) => [state, state.ruleset.flatMap(contents)]));
  const failures: string[] = [];
  const expectState = (path: string, kernel: FakeKernel, to: State) => {
    const differences = listingDifferences(
      wanted.get(to) ?? [],
      to.ruleset.flatMap(({ family }) => contents(kernel.table(family))),
    );
    if (differences.length > 0) failures.push([path, ...differences].join("\n"));
  };
  for (const from of all) {
    const fresh = new FakeKernel();
    fresh.commit(transactions({ from: { ...from, ruleset: [] }, to: from }));
    expectState(`nothing -> ${from.fixture}`, fresh, from);
    for (const to of all) {
      const kernel = fresh.copy();
      kernel.commit(transactions({ from, to }));
      expectState(`${from.fixture} -> ${to.fixture}`, kernel, to);
    }
    expect(transactions({ from, to: from }).flatMap(({ commands }) => commands)).toEqual([]);
  }
  expect(failures).toEqual([]);
});

kernelTest("a transaction from a fixture's state to another's leads where a fresh load does", async (nft) => {
  // Every structure of a transaction is tried with the oldest nft that we support, and a sample with each.
  const isOldest = nft === nftPrograms[0]?.path;
  const args = isThorough ? ["all"] : [isOldest ? "structures" : "none", "300"];
  const { failures, states, steps, done } = await scriptApart<Walked>(nft, "test/paths/walk.ts", ...args);
  expect(failures).toEqual([]);
  expect(states).toBeGreaterThan(50);
  expect(steps).toBeGreaterThanOrEqual(300);
  expect(done).toBeGreaterThanOrEqual(steps);
});

kernelTest("tables are read back as they are", async (nft) => {
  const { failures, tables } = await scriptApart<Read>(nft, "test/paths/read.ts");
  expect(failures).toEqual([]);
  expect(tables).toBeGreaterThan(20);
});

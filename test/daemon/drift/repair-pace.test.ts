import { expect, test } from "@jest/globals";
import { RepairPace } from "../../../src/daemon/drift/repair-pace.ts";

test("ten repairs are done at once, more of them every five seconds, and after a rest at once again", () => {
  let now = 1_000_000;
  const pace = new RepairPace({ now: () => now, sleep: async () => {} });
  const next = (count: number) => Array.from({ length: count }, () => pace.next());
  expect(next(10)).toEqual(Array.from({ length: 10 }, () => 0));
  expect(next(2)).toEqual([5000, 10_000]);
  now += 10_000;
  expect(next(1)).toEqual([5000]);
  now += 60_000;
  expect(next(11)).toEqual([...Array.from({ length: 10 }, () => 0), 5000]);
});

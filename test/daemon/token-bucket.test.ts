import { expect, test } from "@jest/globals";
import { TokenBucket } from "../../src/daemon/token-bucket.ts";

test("a burst passes at once, then one after each pause, and after a rest a burst again", () => {
  let now = 1_000_000;
  const bucket = new TokenBucket({ now: () => now, sleep: async () => {} }, { burst: 10, pauseMs: 5000 });
  const next = (count: number) => Array.from({ length: count }, () => bucket.next());
  expect(next(10)).toEqual(Array.from({ length: 10 }, () => 0));
  expect(next(2)).toEqual([5000, 10_000]);
  now += 10_000;
  expect(next(1)).toEqual([5000]);
  now += 60_000;
  expect(next(11)).toEqual([...Array.from({ length: 10 }, () => 0), 5000]);
});

test("who does not wait takes what there is, and leaves no debt", () => {
  let now = 1_000_000;
  const bucket = new TokenBucket({ now: () => now, sleep: async () => {} }, { burst: 2, pauseMs: 500 });
  const take = (count: number) => Array.from({ length: count }, () => bucket.takeNow());
  expect(take(100).filter((isTaken) => isTaken)).toHaveLength(2);
  now += 500;
  expect(take(2)).toEqual([true, false]);
});

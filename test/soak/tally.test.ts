import { expect, test } from "@jest/globals";
import type { Connection, Judgement } from "./judge.ts";
import { UseCounts } from "./tally.ts";

const connection: Connection = {
  ...{ service: "web", clusterIP: "10.96.0.1", start: 61_500, end: 61_501 },
  ...{ outcome: { kind: "answered", by: "10.128.0.1" }, isResent: false },
};
const certain: Judgement = { kind: "explained", isCertain: true };
const possible: Judgement = { kind: "explained", isCertain: false };
const excused: Judgement = { kind: "excused", by: "ruleset flushed" };

function tallyOf(...judged: readonly (readonly [number, Judgement])[]): UseCounts {
  const tally = new UseCounts();
  for (const [count, judgement] of judged) {
    for (let each = 0; each < count; each++) tally.add(connection, judgement);
  }
  return tally;
}

test("connections are counted by outcome", () => {
  const { counts, total } = tallyOf([5, certain], [3, possible], [2, excused]);
  expect(counts).toEqual({ answered: 8, refused: 0, dropped: 0, certain: 5, excused: 2, unexplained: 0 });
  expect(total).toBe(10);
});

test("an unexplained connection is reported with its time and the expected outcome", () => {
  const tally = new UseCounts();
  const wrong = tally.add({ ...connection, isResent: true }, { kind: "unexplained", could: [{ kind: "refused" }] });
  expect(wrong).toBe(
    'web, 10.96.0.1 at 1:01.5: {"kind":"answered","by":"10.128.0.1"} after 1 ms, with a packet lost; right is {"kind":"refused"}',
  );
  expect(tally.counts.unexplained).toBe(1);
});

test.each([
  ["most are certain", tallyOf([90, certain], [5, possible], [5, excused]), []],
  ["many are excused", tallyOf([80, certain], [20, excused]), ["20 % of the connections had to be excused"]],
  [
    "few are certain",
    tallyOf([40, certain], [60, possible]),
    ["only 40 % of the connections had a single outcome possible"],
  ],
] as const)("what a count is worth: %s", (_, tally, doubts) => {
  expect(tally.doubts()).toEqual(doubts);
});

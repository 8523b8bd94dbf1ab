import { expect, test } from "@jest/globals";
import { inTurn } from "./figures.ts";
import { medianWords, spreadWords } from "./words.ts";

test("things are measured in turn, without the first results, and one that gives up is left out", async () => {
  const calls: string[] = [];
  const results = await inTurn(["a", "b"], 3, async (thing) => {
    calls.push(thing);
    return thing === "b" && calls.length > 3 ? undefined : calls.length;
  });
  expect(calls.join("")).toBe("ababaa");
  expect([...results]).toEqual([
    ["a", [3, 5, 6]],
    ["b", []],
  ]);
});

test.each([
  [{ values: [12.34, 11, 2030] }, "12 ms", "11 to 2,030"],
  [{ values: [1234] }, "1.2 s", ""],
  [{ values: [61_000, 59_000, 60_000] }, "60 s", "59 to 61"],
  [{ values: [], stoppedAt: 300_000 }, "> 300 s", ""],
  [{ values: [] }, "skipped", ""],
])("%j is written as %s", (figure, middle, spread) => {
  expect(medianWords({ name: "load", unit: "ms", ...figure })).toBe(middle);
  expect(spreadWords({ name: "load", unit: "ms", ...figure })).toBe(spread);
});

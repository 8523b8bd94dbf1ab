import { expect, test } from "@jest/globals";
import { milliseconds } from "../../src/config/duration.ts";

test.each([
  ["0", 0],
  ["0s", 0],
  ["30s", 30_000],
  ["1m30s", 90_000],
  ["24h0m0s", 86_400_000],
  ["250ms", 250],
  ["1.5h", 5_400_000],
  [".5s", 500],
  ["1.s", 1000],
  ["100us", 0.1],
  ["100\u00b5s", 0.1],
  ["100\u03bcs", 0.1],
  ["1500000ns", 1.5],
  ["-1s", -1000],
  ["+1s", 1000],
  ["", undefined],
  ["-", undefined],
  ["30", undefined],
  ["s", undefined],
  [".s", undefined],
  ["1s ", undefined],
  ["1 s", undefined],
  ["1d", undefined],
  ["1e3s", undefined],
  ["1S", undefined],
])("the duration %j is %p ms", (duration, expected) => {
  expect(milliseconds(duration)).toBe(expected);
});

import { afterEach, expect, test } from "@jest/globals";
import { systemClock, timeOfDay } from "../../../src/io/host/clock.ts";

const { now: setRight } = Date;

afterEach(() => {
  Date.now = setRight;
});

test.each([-3_600_000, 3_600_000])("a machine's clock that is set by %d ms changes the time of day only", (by) => {
  const before = systemClock.now();
  expect(Math.abs(before - Date.now())).toBeLessThan(1000);
  Date.now = () => setRight() + by;
  const after = systemClock.now();
  expect(after - before).toBeGreaterThanOrEqual(0);
  expect(after - before).toBeLessThan(1000);
  expect(Math.abs(timeOfDay(after) - (setRight() + by))).toBeLessThan(1000);
});

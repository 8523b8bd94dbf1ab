import { afterEach, expect, test } from "@jest/globals";
import { systemClock, timeOfDay } from "../../../src/io/host/clock.ts";

const { now: setRight } = Date;

afterEach(() => {
  Date.now = setRight;
});

/** Much more than anything here takes. */
const day = 86_400_000;

test.each([-100 * day, 100 * day])("a machine's clock that is set by %d ms changes the time of day only", (by) => {
  const before = systemClock.now();
  expect(Math.abs(before - Date.now())).toBeLessThan(day);
  Date.now = () => setRight() + by;
  const after = systemClock.now();
  expect(after - before).toBeGreaterThanOrEqual(0);
  expect(after - before).toBeLessThan(day);
  expect(Math.abs(timeOfDay(after) - (setRight() + by))).toBeLessThan(day);
});

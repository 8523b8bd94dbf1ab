import { expect, test } from "@jest/globals";
import { TriggerTimes } from "../../src/daemon/trigger-times.ts";
import { triggerTime } from "../../src/decode/trigger-time.ts";

const annotation = "endpoints.kubernetes.io/last-change-trigger-time";

const slices = [
  ["a time", { metadata: { annotations: { [annotation]: "2026-01-01T00:00:00.5Z", other: "x" } } }, 1_767_225_600_500],
  ["no time", { metadata: { annotations: { [annotation]: "soon" } } }, undefined],
  ["no annotations", { metadata: {} }, undefined],
  ["nulls", { metadata: { annotations: null } }, undefined],
  ["nothing", undefined, undefined],
] as const;

test.each(slices)("the trigger time of a slice with %s", (_, object, expected) => {
  expect(triggerTime(object)).toBe(expected);
});

test("times are kept by Service and family until they are taken", () => {
  const times = new TriggerTimes(1000);
  times.changed("default/a", "ip", 1500);
  times.changed("default/a", "ip", 1600);
  times.changed("default/a", "ip6", 1700);
  times.changed("default/b", "ip", 1800);
  expect(times.take(["default/a", "default/c"], "ip")).toEqual([1500, 1600]);
  expect(times.take(["default/a", "default/b"], "ip")).toEqual([1800]);
  expect(times.take(["default/a"], "ip6")).toEqual([1700]);
});

test("a time counts once, and one from before this process never", () => {
  const times = new TriggerTimes(1000);
  times.changed("default/a", "ip", 999);
  times.changed("default/a", "ip", undefined);
  times.changed("default/a", "ip", 1500);
  times.changed("default/a", "ip", 1500);
  expect(times.take(["default/a"], "ip")).toEqual([1500]);
});

import { expect, test } from "@jest/globals";
import { TriggerTimes } from "../../../src/daemon/follow/trigger-times.ts";

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

test("a time counts once, and never if it is from before this process", () => {
  const times = new TriggerTimes(1000);
  times.changed("default/a", "ip", 999);
  times.changed("default/a", "ip", undefined);
  times.changed("default/a", "ip", 1500);
  times.changed("default/a", "ip", 1500);
  expect(times.take(["default/a"], "ip")).toEqual([1500]);
});

import { expect, test } from "@jest/globals";
import { configAfter } from "../../src/config/config-change.ts";
import { defaultConfig } from "../support/default-config.ts";

test("what a ruleset depends on is in force at once, the rest waits for a restart", () => {
  const next = { ...defaultConfig, masqueradeAll: true, oomScoreAdj: 5, syncPeriod: 1000, masqueradeBit: 3 };
  const { inForce, waiting } = configAfter(defaultConfig, next);
  expect(inForce).toEqual({ ...defaultConfig, masqueradeAll: true, masqueradeBit: 3 });
  expect(waiting).toEqual(["syncPeriod", "oomScoreAdj"]);
  expect(configAfter(inForce, next)).toEqual({ inForce, waiting });
});

test("the same configuration again is the same", () => {
  const copy = structuredClone(defaultConfig);
  expect(configAfter(defaultConfig, copy)).toEqual({ inForce: defaultConfig, waiting: [] });
});

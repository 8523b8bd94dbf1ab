import { expect, test } from "@jest/globals";
import { configAfter } from "../../src/config/config-change.ts";
import { defaultConfig } from "../support/default-config.ts";

test("changes that affect the ruleset apply immediately, others after a restart", () => {
  const next = { ...defaultConfig, masqueradeAll: true, oomScoreAdj: 5, syncPeriod: 1000, masqueradeBit: 3 };
  const { inForce, waiting } = configAfter(defaultConfig, next);
  expect(inForce).toEqual({ ...defaultConfig, masqueradeAll: true, masqueradeBit: 3 });
  expect(waiting).toEqual(["syncPeriod", "oomScoreAdj"]);
  expect(configAfter(inForce, next)).toEqual({ inForce, waiting });
});

test("an equal configuration is no change", () => {
  const copy = structuredClone(defaultConfig);
  expect(configAfter(defaultConfig, copy)).toEqual({ inForce: defaultConfig, waiting: [] });
});

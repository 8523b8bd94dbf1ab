import { expect } from "@jest/globals";
import { rootTest } from "../support/kernel-test.ts";
import { kernelBenchmark } from "./kernel.ts";
import { layouts } from "./layouts/layouts.ts";

rootTest("each layout is measured in each operation", async () => {
  const figures = await kernelBenchmark(60_000)({ services: 3, endpoints: 2 }, 1, () => {});
  expect(figures.map(({ values }) => values.length > 0)).toEqual(figures.map(() => true));
  const names = ["load", "full sync in place", "change one endpoint", "scale a Service up", "scale a Service down"];
  expect([...new Set(figures.map(({ name }) => name))]).toEqual([...names, "add a Service", "delete a Service"]);
  expect(figures).toHaveLength(7 * layouts.length);
});

rootTest("what takes too long is stopped, and larger sizes are skipped", async () => {
  const benchmark = kernelBenchmark(1);
  const stopped = await benchmark({ services: 10, endpoints: 2 }, 1, () => {});
  const loads = layouts.map(({ name: variant }) => ({ name: "load", variant, unit: "ms", values: [], stoppedAt: 1 }));
  expect(stopped.filter(({ name }) => name === "load")).toEqual(loads);
  const larger = await benchmark({ services: 20, endpoints: 2 }, 1, () => {});
  expect(larger.filter(({ name }) => name === "load")).toEqual(loads.map(({ stoppedAt, ...figure }) => figure));
});

import { expect, test } from "@jest/globals";
import { memory } from "../bench/agent/usage.ts";
import { labNodeObject } from "../e2e/objects.ts";
import { describeWithNode } from "../e2e/with-node.ts";
import { node as labNode } from "../lab/world.ts";
import { underAttack } from "./attack.ts";

describeWithNode("strangers at an open metrics port", (start) => {
  test.each([
    { name: "who request the rules and do not read them use no memory", path: "/rules", least: 1_000_000 },
    {
      name: "who request the metrics of each Service and do not read them use no memory",
      path: "/metrics",
      least: 300_000,
    },
  ])("$name", async ({ path, least }) => {
    const cluster = ["--services", "3000", "--endpoints", "10"];
    const node = await start({ config: { metricsBindAddress: "0.0.0.0:10249" }, cluster });
    await node.put(labNodeObject());
    await node.run({ flags: ["--service-metrics", "all"] });
    const { body } = await node.page(path, 10249);
    expect(body.length).toBeGreaterThan(least);
    const before = memory(node.agent.pid)?.peak ?? 0;
    const attack = { kind: "request", to: labNode.ipv4, ports: [10249], path, count: 400 } as const;
    await underAttack(node.lab, attack, async () => {
      for (let i = 0; i < 5; i++) {
        const read = await node.page(path, 10249);
        expect({ code: read.code, isWhole: read.body.length > least }).toEqual({ code: 200, isWhole: true });
      }
      expect((await node.page("/healthz")).code).toBe(200);
    });
    expect((memory(node.agent.pid)?.peak ?? 0) - before).toBeLessThan(60);
  });
});

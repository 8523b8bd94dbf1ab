import { expect, test } from "@jest/globals";
import { memory } from "../bench/agent/usage.ts";
import { labNodeObject } from "../e2e/objects.ts";
import { describeWithNode } from "../e2e/with-node.ts";
import { node as labNode } from "../lab/world.ts";
import { underAttack } from "./attack.ts";

describeWithNode("strangers at an open metrics port", (start) => {
  test("who ask for the rules and do not read take no memory", async () => {
    const cluster = ["--services", "3000", "--endpoints", "10"];
    const node = await start({ config: { metricsBindAddress: "0.0.0.0:10249" }, cluster });
    await node.put(labNodeObject());
    await node.run();
    const { body } = await node.page("/rules", 10249);
    expect(body.length).toBeGreaterThan(1_000_000);
    const before = memory(node.agent.pid)?.peak ?? 0;
    const attack = { kind: "request", to: labNode.ipv4, ports: [10249], path: "/rules", count: 400 } as const;
    await underAttack(node.lab, attack, async () => {
      for (let i = 0; i < 5; i++) expect((await node.page("/rules", 10249)).body.length).toBe(body.length);
      expect((await node.page("/healthz")).code).toBe(200);
    });
    expect((memory(node.agent.pid)?.peak ?? 0) - before).toBeLessThan(60);
  });
});

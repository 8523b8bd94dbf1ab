import { expect, test } from "@jest/globals";
import { memory } from "../bench/agent/usage.ts";
import type { Node } from "../e2e/node.ts";
import { labNodeObject } from "../e2e/objects.ts";
import { describeWithNode, type StartNode } from "../e2e/with-node.ts";
import { node as labNode } from "../lab/world.ts";
import { underAttack } from "./attack.ts";

const attack = { kind: "request", to: labNode.ipv4, ports: [10249], count: 400 } as const;

/** An agent that knows of many Services, and whose metrics port is open to all. */
async function startOpen(start: StartNode, flags: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Node> {
  const cluster = ["--services", "3000", "--endpoints", "10"];
  const node = await start({ config: { metricsBindAddress: "0.0.0.0:10249" }, cluster });
  await node.put(labNodeObject());
  await node.run({ flags, env });
  return node;
}

describeWithNode("strangers at an open metrics port", (start) => {
  test("who ask for the rules and do not read take no memory", async () => {
    const node = await startOpen(start);
    const { body } = await node.page("/rules", 10249);
    expect(body.length).toBeGreaterThan(1_000_000);
    const before = memory(node.agent.pid)?.peak ?? 0;
    await underAttack(node.lab, { ...attack, path: "/rules" }, async () => {
      for (let i = 0; i < 5; i++) expect((await node.page("/rules", 10249)).body.length).toBe(body.length);
      expect((await node.page("/healthz")).code).toBe(200);
    });
    expect((memory(node.agent.pid)?.peak ?? 0) - before).toBeLessThan(60);
  });

  test("who ask for the metrics of each Service and do not read take no memory", async () => {
    // An agent that kept an answer for each of them would end.
    const node = await startOpen(start, ["--service-metrics", "all"], { NODE_OPTIONS: "--max-old-space-size=128" });
    const { body } = await node.page("/metrics", 10249);
    expect(body.length).toBeGreaterThan(300_000);
    await underAttack(node.lab, { ...attack, path: "/metrics" }, async () => {
      for (let i = 0; i < 5; i++) expect((await node.page("/metrics", 10249)).code).toBe(200);
      expect((await node.page("/healthz")).code).toBe(200);
    });
    expect(node.agent.isRunning).toBe(true);
  });
});

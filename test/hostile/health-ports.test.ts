import { readdirSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { memory } from "../bench/agent/usage.ts";
import type { Node } from "../e2e/node.ts";
import { labNodeObject, service, slice } from "../e2e/objects.ts";
import { describeWithNode } from "../e2e/with-node.ts";
import type { Host } from "../lab/world.ts";
import { node as labNode } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";
import { underAttack } from "./attack.ts";

const to = labNode.ipv4;
const web = { from: "client", to: "10.96.0.10", port: 80 } as const;

/** Starts the agent with limits of its own. */
async function run(node: Node, through: readonly string[]): Promise<void> {
  await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
  node.launch({ through });
  await node.untilPage("/healthz", 200);
}

/** The codes for a client that asks again and again. */
async function codes(node: Node, from: Host, page = "/healthz", port = 10256): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let i = 0; i < 10; i++) found.add((await node.page(page, port, to, from)).code);
  return [...found];
}

/** The number of connections that the agent has accepted on these ports, and the most from one address. */
async function connections(
  node: Node,
  ports: readonly number[],
): Promise<{ readonly all: number; readonly most: number }> {
  const filter = ports.map((port) => `sport = :${port}`).join(" or ");
  const { stdout } = await node.lab.run("node", ["ss", "-Htnp", `( ${filter} )`]);
  const accepted = stdout.split("\n").filter((line) => line.includes(`pid=${node.agent.pid},`));
  const peers = accepted.map((line) => /\s([\d.]+|\[[^\]]+\]):\d+\s+users/.exec(line)?.[1] ?? line);
  return { all: peers.length, most: Math.max(0, ...peers.map((peer) => peers.filter((each) => each === peer).length)) };
}

/** The agent still follows the cluster. */
async function expectFollows(node: Node): Promise<void> {
  await node.putSynced(slice("web", ["pod2"]));
  expect(await node.reach(web)).toBe("pod2:8080 masqueraded");
}

describeWithNode("strangers at the health ports", (start) => {
  test("who send requests without end and read nothing use no memory", async () => {
    const node = await start();
    await run(node, ["env", "NODE_OPTIONS=--max-old-space-size=64"]);
    const before = memory(node.agent.pid)?.peak ?? 0;
    await underAttack(node.lab, { kind: "flood", to, ports: [10256], path: "/healthz", count: 480 }, async () => {
      await setTimeout(5000);
      expect(await codes(node, "node")).toEqual([200]);
    });
    expect((memory(node.agent.pid)?.peak ?? 0) - before).toBeLessThan(100);
    await expectFollows(node);
  });

  test.each([
    { name: "IPv4", address: labNode.ipv4, healthzBindAddress: "0.0.0.0:10256" },
    { name: "IPv6", address: labNode.ipv6, healthzBindAddress: "[::]:10256" },
  ])("who send nothing keep nobody out, $name", async ({ address, healthzBindAddress }) => {
    const node = await start({ config: { healthzBindAddress } });
    await run(node, []);
    await underAttack(node.lab, { kind: "silence", to: address, ports: [10256], path: "", count: 1000 }, async () => {
      expect(await codes(node, "node")).toEqual([200]);
      expect(await codes(node, "outside")).toEqual([200]);
      const { all, most } = await connections(node, [10256]);
      expect(all).toBeLessThanOrEqual(500);
      expect(most).toBeLessThanOrEqual(50);
    });
    await eventually(async () => (await connections(node, [10256])).all, 0);
  });

  test("at all ports together hold no more than one limit, and leave files to open", async () => {
    const node = await start();
    const ports = Array.from({ length: 9 }, (_, index) => 31000 + index);
    const local = { type: "LoadBalancer", externalTrafficPolicy: "Local", ports: [{ port: 80 }] };
    const services = ports.map((port, index) =>
      service(`local-${index}`, 20 + index, { ...local, healthCheckNodePort: port }),
    );
    await node.put(...services);
    await run(node, ["prlimit", "--nofile=1024:1024"]);
    for (const port of ports) await eventually(async () => (await node.page("/", port, to)).code, 503);
    await underAttack(node.lab, { kind: "silence", to, ports, path: "", count: 4500 }, async () => {
      expect((await connections(node, ports)).all).toBeLessThanOrEqual(256);
      expect(readdirSync(`/proc/${node.agent.pid}/fd`).length).toBeLessThan(400);
      expect(await codes(node, "node")).toEqual([200]);
      expect(await codes(node, "outside", "/", 31005)).toEqual([503]);
      await expectFollows(node);
    });
  });
});

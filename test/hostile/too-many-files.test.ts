import { readdirSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { descendants, memory } from "../bench/agent/usage.ts";
import type { Node } from "../e2e/node.ts";
import { labNodeObject, service, slice } from "../e2e/objects.ts";
import { describeWithNode } from "../e2e/with-node.ts";
import type { Place } from "../lab/world.ts";
import { clusterCIDRs } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";

const nodePort = { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] };
const dns = { ports: [{ name: "dns", port: 53, protocol: "UDP" }] };
const local = { type: "LoadBalancer", externalTrafficPolicy: "Local", ports: [{ port: 80 }] };
const pods: readonly Place[] = ["pod1", "pod2", "pod3", "pod5", "pod6", "pod7", "pod8"];

/** Lets the agent open this many more files; without a number, as many as it likes. */
async function limitFiles(node: Node, more?: number): Promise<void> {
  const { pid } = node.agent;
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  const free = Array.from({ length: 1000 }, (_, fd) => fd).filter((fd) => !open.has(fd));
  await execa("prlimit", ["--pid", String(pid), `--nofile=${more === undefined ? 10_000 : free[more]}:`]);
}

/** Activities that make the agent open files. Its children have to be restarted, except those to be left. */
async function disturb(node: Node, round: number, left?: string): Promise<void> {
  for (const pid of descendants(node.agent.pid)) if (memory(pid)?.name !== left) process.kill(pid, "SIGKILL");
  const [pod = "pod1"] = pods.slice(round % pods.length);
  await node.put(
    slice("web", [pod]),
    slice("dns", [pod], dns),
    service(`local-${round}`, 100 + round, {
      ...local,
      healthCheckNodePort: 31000 + round,
    }),
  );
  await node.lab.nft(["flush", "chain", "ip", "kube-nft", "nat-postrouting"]);
  await node.lab.run("node", ["ip", "address", "add", `172.16.0.${100 + round}/24`, "dev", "lan0"]);
  await node.configure({ nodePortAddresses: ["172.16.0.0/24"], clusterCIDR: clusterCIDRs.slice(round % 2).join() });
  for (const page of ["/metrics", "/rules"]) await node.page(page, 10249).catch(() => undefined);
}

async function expectWhole(node: Node, round: number): Promise<void> {
  await limitFiles(node);
  await node.untilPage("/healthz", 200);
  await node.caughtUp();
  const to = `172.16.0.${100 + round}`;
  await eventually(
    () => node.reach({ from: "client", to, port: 30080 }),
    `${pods[round % pods.length]}:8080 masqueraded`,
  );
  await eventually(async () => (await node.page("/", 31000 + round, to)).code, 503);
}

describeWithNode("an agent that may open no more files", (start) => {
  test("continues, and catches up when it may open files again", async () => {
    const node = await start({ config: { nodePortAddresses: ["172.16.0.0/24"] } });
    await node.put(labNodeObject(), service("web", 10, nodePort), slice("web", ["pod1"]));
    await node.put(service("dns", 53, dns), slice("dns", ["pod1"], dns));
    await node.run();
    await node.untilWatched();
    await disturb(node, 1);
    await limitFiles(node, 0);
    await node.api.call("cut");
    await disturb(node, 1);
    await setTimeout(6000);
    await expectWhole(node, 1);
    // With some, but too few, a different part fails each time.
    for (let more = 1; more < 12; more++) {
      await limitFiles(node);
      // Each time that the tables are not watched, it takes longer until they are again.
      await disturb(node, 1 + more, "socat");
      await limitFiles(node, more);
      await setTimeout(2000);
    }
    await expectWhole(node, 12);
    const untold = node.agent.log.filter(({ msg }) => msg.includes("bug"));
    expect(untold).toEqual([]);
    expect(node.agent.isRunning).toBe(true);
  }, 120_000);
});

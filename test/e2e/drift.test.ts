import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const repairing = "another program changed the table; repairing it";

/** Changes the node's tables behind the agent's back, and waits until they are repaired. */
async function repaired(node: Node, commands: string): Promise<void> {
  const { agent } = node;
  const { position } = agent;
  const { exitCode, stderr } = await node.lab.nft(["-f", "-"], commands);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  await agent.line(({ msg, family, causes }) => msg === "synced" && family === "ip" && `${causes}` === "drift", {
    from: position,
    what: "a repair",
  });
  await node.caughtUp();
}

/** nft deletes a rule by the number that the kernel gave it. */
async function handleOf(node: Node, chain: string, rule: RegExp): Promise<string> {
  const { stdout } = await node.lab.nft(["-a", "list", "chain", "ip", "kube-nft", chain]);
  const line = stdout.split("\n").find((text) => rule.test(text));
  return /# handle (\d+)/.exec(line ?? "")?.[1] ?? "no such rule";
}

describeWithNode(
  "the tables",
  (start) => {
    test("are repaired at once when another program flushes or edits them", async () => {
      const node = await start();
      await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1", "pod5"]));
      await node.put(service("empty", 12));
      await node.run();
      await node.untilWatched();
      const edits = {
        "flush ruleset": async () => "flush ruleset",
        "table deleted": async () => "delete table ip kube-nft",
        "rule added": async () => "insert rule ip kube-nft dispatch ip daddr 10.96.0.10 drop",
        "rule deleted": async () =>
          `delete rule ip kube-nft dispatch handle ${await handleOf(node, "dispatch", /@services/)}`,
        "element deleted": async () => "delete element ip kube-nft services { 10.96.0.10 . tcp . 80 }",
        "element added": async () =>
          "add element ip kube-nft endpoints-tcp { 10.96.0.99 . 80 . 0 : 10.244.1.11 . 8080 }",
        "set flushed": async () => "flush map ip kube-nft no-endpoints",
        "chain added": async () => "add chain ip kube-nft mine",
        "policy drop": async () => "add chain ip kube-nft filter-forward { policy drop; }",
        "table asleep": async () => "add table ip kube-nft { flags dormant; }",
      };
      for (const commands of Object.values(edits)) await repaired(node, await commands());
      expect(await node.answerers({ from: "client", to: "10.96.0.10", port: 80 })).toEqual([
        "pod1:8080 masqueraded",
        "pod5:8080 masqueraded",
      ]);
      expect(await node.reach({ from: "client", to: "10.96.0.12", port: 80 })).toBe("refused (reset)");
    });
  },
  { allNfts: true },
);

const places = [
  ["where it sees all processes", []],
  ["in a pid namespace", ["unshare", "--fork", "--pid", "--mount-proc"]],
] as const;

describeWithNode("the agent", (start) => {
  test.each(places)("does not mistake its own changes for foreign ones, %s", async (_, through) => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1", "pod5"]));
    node.launch({ through });
    await node.synced(0);
    for (let round = 0; round < 50; round++) {
      const { position } = node.agent;
      await node.put(slice("web", round % 2 ? ["pod1", "pod5"] : ["pod2", "pod6", "pod7"]));
      if (round % 10 === 0) await node.put(service(`more-${round}`, 100 + round));
      await node.agent.line(({ msg, family }) => msg === "synced" && family === "ip", { from: position });
    }
    await node.caughtUp();
    expect(node.agent.lines(repairing)).toEqual([]);
    expect(node.agent.log.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
  });

  test.each(places)("repairs foreign changes between its own without reading the table, %s", async (_, through) => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    node.launch({ through });
    await node.synced(0);
    await node.untilWatched();
    const { position } = node.agent;
    let isOver = false;
    const churn = async () => {
      for (let round = 0; !isOver; round++) await node.put(slice("web", round % 2 ? ["pod1"] : ["pod2"]));
    };
    const changes = churn();
    for (let edit = 0; edit < 8; edit++) {
      const element = `10.96.0.99 . 80 . ${edit} : 10.244.1.11 . 8080`;
      await node.lab.nft([`add element ip kube-nft endpoints-tcp { ${element} }`]);
      await setTimeout(100);
    }
    isOver = true;
    await changes;
    await node.caughtUp();
    const repairs = node.agent.lines(repairing).filter(({ family }) => family === "ip");
    expect(repairs.length).toBeGreaterThan(0);
    for (const { program, pid } of repairs) {
      expect(program).toMatch(/^(nft|ld-linux.*)$/);
      expect(pid).toBeGreaterThan(1);
    }
    const rounds = node.agent.log.slice(position).filter(({ msg }) => msg === "synced");
    expect(rounds.map(({ kind }) => kind)).not.toContain("full");
  });
});

import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { generateSlice } from "../api-server/generate.ts";
import type { Place } from "../lab/world.ts";
import { type Flooded, flood } from "./flood.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const pods: readonly Place[] = ["pod1", "pod2", "pod3", "pod5", "pod6", "pod7", "pod8"];

/** No connection ended otherwise than with an answer of a pod. */
function expectAnswers(what: string, { tally, perSecond }: Flooded): void {
  process.stderr.write(`${what}: ${perSecond} connections a second, ${JSON.stringify(tally)}\n`);
  expect(Object.keys(tally).filter((outcome) => !/^pod\d:8080( masqueraded)?$/.test(outcome))).toEqual([]);
  expect(perSecond).toBeGreaterThan(100);
}

async function withWeb(node: Node): Promise<void> {
  await node.put(labNodeObject(), service("web", 10), slice("web", pods.slice(0, 3)));
  await node.run();
}

describeWithNode("under a flood of new connections", (start) => {
  test("rolling updates lose none", async () => {
    const node = await start();
    await withWeb(node);
    let updates = 0;
    const flooded = await flood(node.lab, "10.96.0.10", async () => {
      // One to four endpoints, and none of those that were there before the last.
      const first = (updates * 3) % pods.length;
      await node.put(slice("web", [...pods, ...pods].slice(first, first + 1 + (updates % 4))));
      updates += 1;
      await setTimeout(10);
    });
    expectAnswers(`${updates} updates`, flooded);
    expect(updates).toBeGreaterThan(50);
    await node.caughtUp();
  }, 120_000);

  test("restarts of the agent lose none", async () => {
    const node = await start();
    await withWeb(node);
    let restarts = 0;
    const flooded = await flood(node.lab, "10.96.0.10", async () => {
      const signal = restarts % 2 ? "SIGKILL" : "SIGTERM";
      await node.agent.end(signal);
      await node.put(slice("web", [pods[restarts % pods.length] ?? "pod1", "pod8"]));
      await node.run();
      restarts += 1;
    });
    expectAnswers(`${restarts} restarts`, flooded);
    expect(restarts).toBeGreaterThan(3);
    await node.caughtUp();
  }, 120_000);

  test("restarts after which most of a large cluster is another lose none", async () => {
    const node = await start({ cluster: ["--services", "3000", "--endpoints", "10"] });
    await node.put(labNodeObject(), service("web", 3), slice("web", pods.slice(0, 3)));
    await node.run();
    let restarts = 0;
    const flooded = await flood(node.lab, "10.96.0.3", async () => {
      await node.agent.end("SIGKILL");
      restarts += 1;
      const slices = Array.from({ length: 3000 }, (_, index) =>
        generateSlice(index, 0, 50_000 * restarts + index * 10, restarts % 2 ? 8 : 10, 10),
      );
      await node.put(...slices, slice("web", [pods[restarts % pods.length] ?? "pod1", "pod8"]));
      node.launch();
      await node.synced(0, 60);
      const [round] = node.agent.lines("synced").filter(({ family }) => family === "ip");
      expect(round).toMatchObject({ kind: "full" });
      expect(round?.["elements"]).toBeGreaterThan(40_000);
    });
    expectAnswers(`${restarts} restarts`, flooded);
    expect(restarts).toBeGreaterThan(0);
    await node.caughtUp(60);
  }, 120_000);
});

import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { generateSlice } from "../api-server/generate.ts";
import type { UseCounts } from "../lab/messages.ts";
import type { Place } from "../lab/world.ts";
import { flood } from "./flood.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const pods: readonly Place[] = ["pod1", "pod2", "pod3", "pod5", "pod6", "pod7", "pod8"];

/** Pods of this node. */
const here: readonly Place[] = ["pod1", "pod2", "pod3"];

/** A slice of pods, of which the first terminates, and serves. */
function terminating(first: Place, ...ready: readonly Place[]) {
  const { endpoints, ...rest } = slice("web", [first, ...ready]);
  const [going, ...others] = endpoints as readonly object[];
  const conditions = { ready: false, serving: true, terminating: true };
  return { ...rest, endpoints: [{ ...going, conditions }, ...others] };
}

/** Every connection got an answer from a pod. */
function expectAnswers(tally: UseCounts): void {
  expect(Object.keys(tally).filter((outcome) => !/^pod\d:8080( masqueraded)?$/.test(outcome))).toEqual([]);
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
    const change = async () => {
      // One to four endpoints in one or two slices, and none of those before the last change.
      const first = (updates * 3) % pods.length;
      const [next, ...more] = [...pods, ...pods].slice(first, first + 1 + (updates % 4));
      const { metadata, ...second } = slice("web", updates % 3 ? more : []);
      const all = [next ?? "pod1", ...(updates % 3 ? [] : more)];
      await node.put(slice("web", all), { ...second, metadata: { ...metadata, name: "web-second" } });
      updates += 1;
      await setTimeout(10);
    };
    expectAnswers(await flood(node.lab, { to: "10.96.0.10", changes: 75, connections: 7500, change }));
    await node.caughtUp();
  });

  test("rolling updates of a Service with session affinity lose none", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10, { sessionAffinity: "ClientIP" }), slice("web", here));
    await node.run();
    let updates = 0;
    const change = async () => {
      updates += 1;
      await node.put(slice("web", [...pods, ...pods].slice(updates % pods.length, (updates % pods.length) + 3)));
      await setTimeout(10);
    };
    expectAnswers(await flood(node.lab, { to: "10.96.0.10", changes: 30, connections: 4000, change }));
    await node.caughtUp();
  });

  test.each([
    { policy: "externalTrafficPolicy", to: "203.0.113.10" },
    { policy: "internalTrafficPolicy", to: "10.96.0.10" },
  ])("rolling updates under $policy Local lose none", async ({ policy, to }) => {
    const node = await start();
    const loadBalancer = { loadBalancer: { ingress: [{ ip: "203.0.113.10" }] } };
    const spec = { type: "LoadBalancer", healthCheckNodePort: 30999, [policy]: "Local" };
    await node.put(labNodeObject(), { ...service("web", 10, spec), status: loadBalancer }, terminating("pod1"));
    await node.run();
    let changes = 0;
    const change = async () => {
      const [old, next] = [here[changes % here.length] ?? "pod1", here[(changes + 1) % here.length] ?? "pod1"];
      for (const state of [slice("web", [old, next]), terminating(old, next), slice("web", [next])]) {
        await node.put(state);
        await setTimeout(10);
      }
      changes += 1;
    };
    expectAnswers(await flood(node.lab, { to, changes: 25, connections: 4000, change }));
    await node.caughtUp();
  });

  test("restarts of the agent lose none", async () => {
    const node = await start();
    await withWeb(node);
    let restarts = 0;
    const change = async () => {
      const signal = restarts % 2 ? "SIGKILL" : "SIGTERM";
      await node.agent.end(signal);
      await node.put(slice("web", [pods[restarts % pods.length] ?? "pod1", "pod8"]));
      await node.run();
      restarts += 1;
    };
    expectAnswers(await flood(node.lab, { to: "10.96.0.10", changes: 4, connections: 2500, change }));
    await node.caughtUp();
  });

  test("restarts after most of a large cluster has changed lose none", async () => {
    const node = await start({ cluster: ["--services", "3000", "--endpoints", "10"] });
    await node.put(labNodeObject(), service("web", 3), slice("web", pods.slice(0, 3)));
    await node.run();
    let restarts = 0;
    const change = async () => {
      await node.agent.end("SIGKILL");
      restarts += 1;
      const slices = Array.from({ length: 3000 }, (_, index) =>
        generateSlice(index, 0, 50_000 * restarts + index * 10, restarts % 2 ? 8 : 10, 10),
      );
      await node.put(...slices, slice("web", [pods[restarts % pods.length] ?? "pod1", "pod8"]));
      node.launch();
      await node.synced(0);
      const [round] = node.agent.lines("synced").filter(({ family }) => family === "ip");
      expect(round).toMatchObject({ kind: "full" });
      expect(round?.["elements"]).toBeGreaterThan(40_000);
    };
    expectAnswers(await flood(node.lab, { to: "10.96.0.3", changes: 1, connections: 2500, change }));
    await node.caughtUp();
  });
});

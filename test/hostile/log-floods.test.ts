import { expect, test } from "@jest/globals";
import type { LogLine } from "../e2e/agent-process.ts";
import type { Node } from "../e2e/node.ts";
import { labNodeObject, service, slice } from "../e2e/objects.ts";
import { describeWithNode } from "../e2e/with-node.ts";

const web = { from: "client", to: "10.96.0.10", port: 80 } as const;
const flips = 5;

/** The number of lines that the agent writes, except about rounds, while one of a tenant's objects keeps changing. */
async function linesDuring(node: Node, change: (flip: number) => Promise<void>): Promise<number> {
  const { position } = node.agent;
  for (let flip = 0; flip < flips; flip++) {
    await change(flip);
    await node.putSynced(slice("web", flip % 2 === 0 ? ["pod2"] : ["pod1"]));
  }
  expect(await node.reach(web)).toBe("pod2:8080 masqueraded");
  const isTold = ({ level, msg }: LogLine) => level !== "debug" && msg !== "synced";
  return node.agent.log.slice(position).filter(isTold).length;
}

async function startServing(start: () => Promise<Node>): Promise<Node> {
  const node = await start();
  await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]), service("large", 11));
  await node.run();
  await node.untilWatched();
  return node;
}

/** A slice with these endpoints. */
function sliceOf(name: string, addresses: readonly string[], conditions: object = { ready: true }) {
  const { metadata, ...fields } = slice("large", [], {
    endpoints: addresses.map((address) => ({ addresses: [address], conditions, nodeName: "node-2" })),
  });
  return { ...fields, metadata: { ...metadata, name } };
}

const thousand = (first: string) => Array.from({ length: 1000 }, (_, n) => `${first}.${n >> 8}.${n & 255}`);

describeWithNode("a tenant whose objects are wrong in a thousand places", (start) => {
  test("fills no log with impossible endpoints", async () => {
    const node = await startServing(start);
    const change = async (flip: number) => {
      await node.put(sliceOf("large-bad", thousand(`240.${flip}`)));
    };
    expect(await linesDuring(node, change)).toBeLessThanOrEqual(flips);
  });

  test("fills no log with slices that contradict each other", async () => {
    const node = await startServing(start);
    const change = async (flip: number) => {
      const addresses = thousand(`10.${200 + flip}`);
      await node.put(sliceOf("large-a", addresses), sliceOf("large-b", addresses, { ready: false }));
    };
    expect(await linesDuring(node, change)).toBeLessThanOrEqual(2 * flips);
  });

  test("fills no log with frontends that are others', or the cluster's", async () => {
    const node = await startServing(start);
    const ports = Array.from({ length: 100 }, (_, n) => ({ name: `p${n}`, port: 1000 + n, protocol: "TCP" }));
    const externalIPs = Array.from({ length: 50 }, (_, n) => `198.51.100.${n}`);
    await node.putSynced(service("bank", 12, { ports, externalIPs }));
    const change = async (flip: number) => {
      const claims = flip % 2 === 0 ? [...externalIPs, ...thousand("10.96").slice(20, 60)] : [];
      await node.put(service("large", 11, { ports, externalIPs: claims }));
    };
    // For both: one line when it begins, and one when it ends.
    expect(await linesDuring(node, change)).toBeLessThanOrEqual(2 * flips);
    const events = JSON.stringify(await node.api.call("all", "events"));
    expect(events.split("FrontendConflict").length - 1).toBeLessThanOrEqual(2);
  });
});

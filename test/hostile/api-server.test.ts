import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import type { Fault } from "../api-server/faults.ts";
import type { Node } from "../e2e/node.ts";
import { labNodeObject, service, slice } from "../e2e/objects.ts";
import { describeWithNode } from "../e2e/with-node.ts";

const web = { from: "client", to: "10.96.0.10", port: 80 } as const;

const megabyte = 1 << 20;
const text = "x".repeat(megabyte);

/** The agent's peak memory since its start, in MB. */
async function peakMemory(node: Node): Promise<number> {
  const status = await readFile(`/proc/${node.agent.pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/**
 * Possible answers of a server to any request, and the messages about them. Lists without end:
 * test/io/kube/bounds.test.ts.
 */
const answers: readonly (readonly [Fault, string])[] = [
  [{ kind: "flood", head: '{"type":"ADDED","object":"', text, bytes: 500 * megabyte }, "more than 64 MB"],
  [{ kind: "flood", head: '{"metadata":{"resourceVersion":"', text, bytes: 500 * megabyte }, "more than"],
  [{ kind: "flood", head: '{"metadata":{},"items":[{"a":"', text, bytes: 500 * megabyte }, "more than 64 MB"],
  [{ kind: "flood", code: 500, head: '{"message":"', text, bytes: 500 * megabyte }, ": 500"],
];

const resources = ["services", "endpointslices", "nodes"] as const;

describeWithNode("an API server that lies", (start) => {
  test("takes neither the agent's memory nor what is served", async () => {
    const node = await start();
    // The answers below are JSON. Of protobuf: test/io/kube/protobuf.
    await node.api.call("speakJSON");
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    for (const [index, [fault, words]] of answers.entries()) {
      const resource = resources[index % resources.length] ?? "services";
      const { position } = node.agent;
      await node.api.call("untilWatches", 5);
      // Old versions expire, so that there are lists.
      await node.api.call("compact");
      await node.api.call("fail", fault, 100, { resource });
      await node.api.call("endWatches", resource);
      const tells = (line: { readonly level: string }) => line.level === "warn" && JSON.stringify(line).includes(words);
      await node.agent.line(tells, { from: position, what: words });
      expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
      await node.api.call("heal");
    }
    const deep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    await node.api.call("untilWatches", 5);
    await node.api.call("send", "services", `{"type":"ADDED","object":${deep}}\n`);
    await node.putSynced(slice("web", ["pod2"]));
    expect(await node.reach(web)).toBe("pod2:8080 masqueraded");
    expect(await peakMemory(node)).toBeLessThan(500);
  }, 600_000);
});

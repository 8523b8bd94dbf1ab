import { expect, test } from "@jest/globals";
import type { LogLine } from "./agent-process.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const web = { from: "client", to: "10.96.0.10", port: 80 } as const;

/** What a watch must never send, and the messages about it. */
const oddities: readonly (readonly [string, string])[] = [
  ['{"type":"ADDED","obj', "Service in a watch is not an event"],
  ['{"type":"ADDED","object":{"spec":{}}}', "Service has no name"],
  ['{"type":"ADDED","object":{"metadata":{"name":"../odd","namespace":"default"}}}', "Service default/"],
  ['{"type":"MODIFIED","object":{"metadata":{"name":"web","namespace":"default"},"spec":7}}', "Service default/web"],
];

describeWithNode("malformed objects", (start) => {
  test("are reported once, counted, and stop neither the watch nor what was served", async () => {
    const node = await start();
    // What is sent below is JSON.
    await node.api.call("speakJSON");
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]), service("more", 11));
    await node.run();
    await node.api.call("untilWatches", 5);
    for (const [line, words] of oddities) {
      const { position } = node.agent;
      for (let times = 0; times < 3; times++) await node.api.call("send", "services", `${line}\n`);
      const tells = (told: LogLine) => told.level === "warn" && JSON.stringify(told).includes(words);
      await node.agent.line(tells, { from: position, what: words });
    }
    const told = node.agent.log
      .filter(({ level }) => level === "warn")
      .map(({ time: _, ...line }) => JSON.stringify(line));
    expect(told).toEqual([...new Set(told)]);
    expect((await node.page("/metrics", 10249)).body).toMatch(/malformed_objects_total\{resource="services"\} [1-9]/);
    await node.put(slice("more", ["pod2"]), service("web", 10, { sessionAffinity: "ClientIP" }));
    await node.caughtUp();
    expect(await node.reach({ ...web, to: "10.96.0.11" })).toBe("pod2:8080 masqueraded");
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
  });
});

import { expect, test } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const web = { from: "client", to: "10.96.0.10", port: 80 } as const;

/** Drops all packets of the connections to the API server that are open now. */
async function breakConnections(node: Node): Promise<number> {
  const server = Number(new URL(node.api.url).port);
  const { stdout } = await node.lab.run("node", ["cat", "/proc/net/tcp"]);
  const ports = stdout.split("\n").flatMap((line) => {
    const [, , remote = "", state] = line
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/.*:/, ""));
    const local = /^\s*\d+: \w+:(\w{4}) /.exec(line)?.[1] ?? "";
    return state === "01" && Number.parseInt(remote, 16) === server ? [Number.parseInt(local, 16)] : [];
  });
  const commands = `add table ip broken
    add chain ip broken out { type filter hook output priority -300; }
    add rule ip broken out tcp dport ${server} tcp sport { ${ports.join()} } drop
    add rule ip broken out tcp sport ${server} tcp dport { ${ports.join()} } drop\n`;
  expect((await node.lab.nft(["-f", "-"], commands)).stderr).toBe("");
  return ports.length;
}

describeWithNode("a connection to the API server", (start) => {
  test("that no longer carries packets is replaced, and no change is lost", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    await node.api.call("untilWatches", 5);
    expect(await breakConnections(node)).toBeGreaterThanOrEqual(4);
    await node.put(slice("web", ["pod2"]));
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
    await eventually(() => node.reach(web), "pod2:8080 masqueraded");
    expect((await node.page("/healthz")).code).toBe(200);
    await node.caughtUp();
  });

  test("over which a server sends nothing any more, not even bookmarks, is replaced", async () => {
    const node = await start({ cluster: ["--bookmarks", "500"] });
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    await node.api.call("untilWatches", 5);
    // After two bookmarks, an agent knows their interval.
    await eventually(async () => (await node.api.call("bookmarks")) >= 3, true);
    await node.api.call("freeze");
    await node.put(slice("web", ["pod2"]));
    await eventually(() => node.reach(web), "pod2:8080 masqueraded");
    await node.agent.line((line) => line["cause"] === "silent", { what: "that a watch was silent" });
    await node.caughtUp();
  });
});

import { expect, test } from "@jest/globals";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

/** The agent's exit, and its messages. */
async function ended(node: Node, words: string): Promise<number | undefined> {
  await node.agent.line((line) => JSON.stringify(line).includes(words), { what: words });
  return (await node.agent.end("SIGTERM")).code;
}

describeWithNode("the connection to the API server", (start) => {
  test("is that of --kubeconfig, whatever the file and the environment say, and is logged", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.configure({ clientConnection: { kubeconfig: "/of/the/file" } });
    node.launch({ flags: ["--kubeconfig", node.kubeconfig], env: { KUBECONFIG: "/of/the/environment" } });
    await node.untilPage("/healthz", 200);
    const { server, identity } = await node.agent.logged("starting");
    expect({ server, identity }).toEqual({
      server: node.api.url,
      identity: `user test of ${node.kubeconfig}, by a token`,
    });
    expect(node.agent.lines("the connection to the API server is not secure")).toEqual([]);
  });

  test("is named if it leads nowhere", async () => {
    const node = await start();
    node.launch({ flags: ["--kubeconfig", "/nothing/here"] });
    expect(await ended(node, "cannot read the kubeconfig /nothing/here: ENOENT")).toBe(2);
  });

  test("is never that of KUBECONFIG, which is for other programs", async () => {
    const node = await start({ config: { clientConnection: {} } });
    node.launch({ env: { KUBECONFIG: node.kubeconfig, HOME: node.folder } });
    expect(await ended(node, "no cluster is configured; use --kubeconfig, as this is not a pod")).toBe(2);
    expect(await node.api.call("count")).toBe(0);
  });

  test("is reported as insecure if it is", async () => {
    const node = await start();
    node.launch({ flags: ["--master", "http://127.0.0.1:1"] });
    const { level, danger } = await node.agent.logged("the connection to the API server is not secure");
    expect([level, danger]).toEqual(["warn", "http://127.0.0.1:1 is not encrypted; no credentials are sent"]);
  });
});

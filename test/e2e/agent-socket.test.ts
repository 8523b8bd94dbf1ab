import { type ChildProcess, spawn } from "node:child_process";
import { expect, test } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const undone = "kube-nft: an agent runs here and would undo this; nothing was changed. Use --force to proceed";
const emptyList = '{"apiVersion":"v1","kind":"List","items":[]}';

/** kube-proxy's rules, with another endpoint than the agent's. */
const stale = `*nat
:KUBE-NODEPORTS - [0:0]
-A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-A
-A KUBE-SVC-A -j KUBE-SEP-A
-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.244.1.99:8080
COMMIT
`;

describeWithNode("the socket of the agent", (start) => {
  test("stops apply and cleanup from changes that the agent would undo, while it runs", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    const agent = await node.run();
    const commands = [["apply", "-f", "-", "--yes"], ["cleanup"]] as const;
    for (const command of commands) {
      expect(await node.kubeNFT(command, emptyList)).toMatchObject({
        stdout: "",
        stderr: expect.stringContaining(undone),
        exitCode: 2,
      });
    }
    expect(await node.reach({ from: "client", to: "10.96.0.10", port: 80 })).toBe("pod1:8080 masqueraded");
    expect(await answer(node, "GET /none HTTP/1.1\r\nHost: x\r\n\r\nGET /none HTTP/1.1\r\nHost: x\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 404 Not Found\r\n(?:(?!HTTP)[\s\S])*$/,
    );
    expect(await node.kubeNFT(["compare", "--with", "-"], stale)).toMatchObject({
      stdout: expect.stringContaining("endpoints: here 10.244.1.11:8080, there 10.244.1.99:8080\n"),
      exitCode: 1,
    });
    expect(await node.kubeNFT(["apply", "-f", "-", "--yes", "--force"], emptyList)).toMatchObject({ exitCode: 0 });
    await node.caughtUp();
    expect(await agent.end("SIGTERM")).toMatchObject({ code: 0 });
    expect(await node.kubeNFT(["cleanup"])).toMatchObject({ exitCode: 0 });
  });

  test("may be held by another process: this is reported, and the agent takes it when it is free", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    const stranger = await listenAtSocket(node);
    const agent = await node.run();
    const note = "another process listens on the agent's abstract socket; is another agent running on this node?";
    await agent.line(({ level, msg }) => level === "warn" && msg === note);
    const event = `${note} cannot listen on @kube-nft: EADDRINUSE`;
    await eventually(async () => JSON.stringify(await node.api.call("all", "events")).includes(event), true);
    expect(await node.reach({ from: "client", to: "10.96.0.10", port: 80 })).toBe("pod1:8080 masqueraded");
    stranger.kill();
    await eventually(
      () => answer(node, "GET /none HTTP/1.0\r\n\r\n").then((text) => text.slice(0, 12)),
      "HTTP/1.1 404",
    );
    expect(agent.log.filter(({ msg }) => msg === note)).toHaveLength(1);
  });
});

/** The socket's answer. */
async function answer(node: Node, request: string): Promise<string> {
  const socat = ["socat", "-T5", "-t0.2", "-,ignoreeof", "ABSTRACT-CONNECT:kube-nft"];
  return (await node.lab.run("node", socat, request)).stdout;
}

async function listenAtSocket(node: Node): Promise<ChildProcess> {
  const [program = "", ...args] = [...node.lab.enter("node"), "socat", "ABSTRACT-LISTEN:kube-nft,fork", "EXEC:cat"];
  const stranger = spawn(program, args, { stdio: "ignore" });
  // If the test fails before it ends the process, it ends with this process, which does not wait for it.
  stranger.unref();
  const listens = async () => (await node.lab.run("node", ["cat", "/proc/net/unix"])).stdout.includes("@kube-nft");
  await eventually(listens, true);
  return stranger;
}

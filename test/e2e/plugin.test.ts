import { mkdir, readFile, writeFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { root } from "../golden/fixture.ts";
import { builtProgram } from "../support/built.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const program = "/kube-nft/dist/cli.js";

/**
 * A kubectl that records its arguments, knows two agents, of which the second is gone, and runs commands for the first
 * one's pod here.
 */
async function standIn(node: Node): Promise<string> {
  const folder = `${node.folder}/kubectl`;
  await mkdir(folder);
  const script = `#!/bin/sh
printf '%s\\n' "$*" >>'${folder}/arguments'
case " $* " in
  *" get pods "*) printf 'node-2 agent-b\\nnode-1 agent-a\\n' ;;
  *" exec agent-a "*)
    while [ "$1" != '${program}' ]; do shift; done
    shift
    exec '${process.execPath}' '${await builtProgram()}' "$@" ;;
  *) echo 'the pod is gone' >&2; exit 1 ;;
esac
`;
  await writeFile(`${folder}/kubectl`, script, { mode: 0o755 });
  return folder;
}

describeWithNode("the plugin of kubectl", (start) => {
  test("runs commands in the pods of one node or all", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    const folder = await standIn(node);
    const plugin = (...args: string[]) =>
      node.lab.run(node.host, [
        "env",
        `PATH=${folder}:${process.env["PATH"]}`,
        `${root}/deploy/kubectl-kube_nft`,
        ...args,
      ]);

    const explained = await plugin("--node", "node-1", "explain", "default/web");
    expect(explained).toEqual(await node.kubeNFT(["explain", "default/web"]));
    expect(explained.stdout).toContain("10.96.0.10");

    const all = await plugin("status", "--all-nodes", "-o", "json");
    expect(JSON.parse(all.stdout)).toMatchObject({ code: 200, node: { name: "node-1" } });
    expect({ stderr: all.stderr, exitCode: all.exitCode }).toEqual({ stderr: "the pod is gone", exitCode: 1 });
    expect((await plugin("--all-nodes", "status")).stdout).toMatch(/^== node-1\nagent +healthy[\s\S]*\n== node-2$/);

    expect(await plugin("--node=node-1", "explain", "default/wbe")).toMatchObject({ exitCode: 2 });
    expect(await plugin("--node", "node-9", "status")).toMatchObject({
      stderr: "kubectl kube-nft: no agent runs on node node-9",
      exitCode: 2,
    });
    expect(await plugin("status")).toMatchObject({
      stderr: "kubectl kube-nft: say which node: --node NODE, or --all-nodes",
      exitCode: 2,
    });
    expect(await plugin()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("Usage: kubectl kube-nft") });
    expect((await plugin("--help")).exitCode).toBe(0);

    const before = (await readFile(`${folder}/arguments`, "utf8")).split("\n").length;
    await plugin("--context", "c", "--namespace", "n", "--node", "node-1", "explain", "a b", "--node-name=x");
    const [get, exec] = (await readFile(`${folder}/arguments`, "utf8")).split("\n").slice(before - 1);
    expect(get).toMatch(/^--context=c --namespace=n get pods /);
    expect(exec).toBe(
      `--context=c --namespace=n exec agent-a --container=kube-nft -- node ${program} explain a b --node-name=x`,
    );
  });
});

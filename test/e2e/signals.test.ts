import { readFile, stat } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

describeWithNode("signals", (start) => {
  test("SIGHUP reads the configuration again, SIGUSR1 opens no debugger, and SIGUSR2 leaves the state in a file", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    const run = `${node.folder}/run`;
    const agent = await node.run({ env: { RUNTIME_DIRECTORY: run } });

    process.kill(agent.pid, "SIGHUP");
    await agent.logged("SIGHUP: reading the configuration again");
    await node.configure({ clusterCIDR: "nonsense" });
    process.kill(agent.pid, "SIGHUP");
    await agent.logged("the changed configuration cannot be used; the previous one stays in force");

    process.kill(agent.pid, "SIGUSR1");
    await agent.logged("SIGUSR1 has no effect");
    const { stdout: sockets } = await node.lab.run(node.host, ["ss", "-Htln"]);
    expect(sockets).not.toContain(":9229 ");

    process.kill(agent.pid, "SIGUSR2");
    const { file } = await agent.logged("wrote the state");
    expect(file).toBe(`${run}/state.txt`);
    expect((await stat(`${file}`)).mode & 0o777).toBe(0o600);
    const text = await readFile(`${file}`, "utf8");
    expect(text).toContain("\n## status\n");
    expect(text).toContain('10.96.0.10 . tcp . 80 comment "default/web" : goto cluster-ip-tcp-1');
    const plan = text.split("\n").find((line) => line.startsWith('{"service":{') && line.includes('"web"'));
    expect(JSON.parse(plan ?? "{}")).toMatchObject({
      family: "ip",
      clusterIP: "10.96.0.10",
      ports: [{ endpoints: [{ cluster: "used" }] }],
    });
    expect(text).not.toContain("## last failed transaction");
  });

  test("SIGUSR2 tells the transaction that failed last, with the line", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]), service("poisoned", 66));
    await node.nft.behave({ kind: "refuses", text: "10.96.0.66" });
    const agent = node.launch({ env: { RUNTIME_DIRECTORY: `${node.folder}/run` } });
    await agent.logged("nft refused a Service; it is set aside");
    process.kill(agent.pid, "SIGUSR2");
    const { file } = await agent.logged("wrote the state");
    const text = await readFile(`${file}`, "utf8");
    expect(text).toMatch(/^## last failed transaction of table ip, /m);
    expect(text).toMatch(/^> \d+ {2}add element ip kube-nft \S+ \{ 10\.96\.0\.66/m);
  });
});

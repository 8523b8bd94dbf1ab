import { readFile, stat } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import type { ServiceRow } from "../../src/ask/status/status.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

/** The agent's answer to a PUT on its metrics port. */
async function put(node: Node, path: string, body: string, host = "127.0.0.1"): Promise<string> {
  const request = `PUT ${path} HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const socat = ["socat", "-T10", "-t0.05", "-,ignoreeof", `TCP:${host}:10249`];
  return (await node.lab.run(node.host, socat, request)).stdout.replace(/^HTTP\/\S+ (\d+)[\s\S]*?\r\n\r\n/, "$1 ");
}

describeWithNode("a client on this machine", (start) => {
  test("changes the log level; from 2 on, the log shows what each round changes", async () => {
    const node = await start({ config: { metricsBindAddress: "0.0.0.0:10249" } });
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    const agent = await node.run();
    const line = await agent.line(({ msg, family }) => msg === "changed Services" && family === "ip");
    expect(line["changes"]).toEqual(["default/web  + 10.96.0.10 port 80/tcp  + 10.244.1.11:8080"]);

    expect(await put(node, "/loglevel", "0")).toBe("200 the level of the log is 0");
    expect(await node.page("/loglevel", 10249)).toEqual({ code: 200, body: "0" });
    const quiet = agent.position;
    await node.putSynced(slice("web", ["pod2"]));
    await agent.line(({ msg, level }) => msg === "synced" && level === "info", { from: quiet });
    expect(agent.log.slice(quiet).filter(({ level }) => level === "debug")).toEqual([]);

    expect(await put(node, "/loglevel", "2")).toBe("200 the level of the log is 2");
    const loud = agent.position;
    await node.putSynced(slice("web", ["pod2", "pod5"]));
    const added = await agent.line(({ msg }) => msg === "changed Services", { from: loud });
    expect(added).toMatchObject({ level: "debug", changes: ["default/web  + 10.244.2.11:8080"], moreServices: 0 });

    expect(await put(node, "/loglevel", "loud")).toBe("400 the level must be a number, such as 2");
    expect(await put(node, "/loglevel", "0", "192.0.2.10")).toMatch(/^403 /);
    expect(await node.page("/loglevel", 10249)).toEqual({ code: 200, body: "2" });
  });

  test("makes the agent write its state to a file", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run({ env: { RUNTIME_DIRECTORY: `${node.folder}/run` } });
    const file = `${node.folder}/run/state.txt`;
    const said = { stdout: `the agent wrote its state to ${file}`, stderr: "", exitCode: 0 };
    expect(await node.kubeNFT(["status", "--dump"])).toEqual(said);
    expect(await readFile(file, "utf8")).toContain("## rules of table ip6");
    const { stdout } = await node.kubeNFT(["status", "--dump", "-o", "json"]);
    expect(JSON.parse(stdout)).toEqual({ file });
  });

  test("shows how many packets each Service refused and dropped", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]), service("idle", 11));
    await node.run();
    await node.lab.volley({ from: "client", to: "10.96.0.11", port: 80 }, { count: 4 });
    await node.lab.volley({ from: "client", to: "10.96.0.10", port: 81 }, { count: 3 });
    const { stdout } = await node.kubeNFT(["status", "--services", "-o", "json"]);
    const rows: readonly ServiceRow[] = JSON.parse(stdout);
    const counts = rows
      .filter(({ family }) => family === "ip")
      .map(({ service, refused, dropped }) => [service, refused, dropped]);
    expect(counts).toEqual([
      ["default/idle", 4, 0],
      ["default/web", 3, 0],
    ]);
  });
});

describeWithNode("signals", (start) => {
  test("SIGHUP reads the configuration again, SIGUSR1 opens no debugger, and SIGUSR2 writes the state to a file", async () => {
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

  test("SIGUSR2 includes the transaction that failed last, with the line", async () => {
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

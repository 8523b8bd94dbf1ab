// Run in a network namespace of its own: the built agent against an API server with a cluster, and one more Service whose
// endpoint goes to and fro between two addresses. Prints an AgentRun as JSON.
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { get } from "node:http";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { endpointSlice, service } from "../api-server/objects.ts";
import { spawnAPIServer } from "../api-server/spawn.ts";
import type { AgentRun } from "./agent.ts";

const [services = 100, endpoints = 10, changes = 200] = process.argv.slice(2).map(Number);
const targets = ["10.200.0.1", "10.200.0.2"] as const;
const clusterIP = "10.111.0.1";

await execa("ip", ["link", "set", "lo", "up"]);
for (const address of targets) await execa("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
await execa("ip", ["route", "add", "default", "dev", "lo"]);
const servers = targets.map((address) => createServer((socket) => socket.end(address)).listen(8080, address));

const folder = await mkdtemp(join(tmpdir(), "kube-nft-bench-"));
const api = await spawnAPIServer(["--services", String(services), "--endpoints", String(endpoints)]);
await api.call(
  "put",
  service("probe", {}, { clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80, protocol: "TCP" }] }),
);
await api.call("put", sliceTo(0));
const kubeconfig = await api.call("writeKubeconfig", folder);

const started = performance.now();
const flags = ["--max-semi-space-size=4", "--max-old-space-size=600"];
const run = ["run", "--kubeconfig", kubeconfig, "--hostname-override", "node-1", "--conntrack-max-per-core", "0"];
const args = [...flags, "dist/cli.js", ...run];
const agent = spawn("node", args, { stdio: ["ignore", "ignore", "ignore"] });
const nft = watchNft();
while (!(await isHealthy())) await sleep(20);
const healthy = performance.now() - started;
process.stderr.write(`healthy after ${healthy.toFixed(0)} ms\n`);
await reachedBy(0, performance.now() + 10_000);
await sleep(2000);

const reactions: number[] = [];
const before = await usage();
for (let change = 1; change <= changes; change++) {
  const { at } = await api.timed("put", sliceTo(change % 2));
  const seen = await reachedBy(change % 2, performance.now() + 10_000);
  reactions.push(Number(seen - at) / 1e6);
  await sleep(20);
}
const after = await usage();
const cpuPerChange = (after.own - before.own) / changes;
const cpuPerChangeWithNft = (after.own + after.children - before.own - before.children) / changes;
process.stderr.write("idle ...\n");
// V8 collects garbage for the last time some ten seconds after the work is done.
await sleep(20_000);
const idle = await usage();
const { resident, peak } = idle;
await sleep(10_000);
const idleCPUPercent = ((await usage()).own - idle.own) / 100;
nft.stop();
agent.kill("SIGTERM");
await new Promise((resolve) => agent.once("exit", resolve));
await api.stop();
for (const server of servers) server.close();
await rm(folder, { recursive: true });
const memory = { resident, peak, peakWithNft: nft.peak() };
const result: AgentRun = { healthy, reactions, cpuPerChange, cpuPerChangeWithNft, ...memory, idleCPUPercent };
process.stdout.write(JSON.stringify(result));

function sliceTo(target: number) {
  return endpointSlice("probe", [targets[target] ?? ""], { name: "probe-1" });
}

/** Connects anew until the target answers; returns when the first packet of that connection was sent. */
async function reachedBy(target: number, deadline: number): Promise<bigint> {
  for (;;) {
    if (performance.now() > deadline) throw new Error(`no connection reaches ${targets[target]}`);
    const sent = process.hrtime.bigint();
    const answer = await new Promise<string>((resolve) => {
      const socket = createConnection(80, clusterIP);
      socket.setTimeout(1000, () => socket.destroy());
      socket.once("data", (data) => resolve(data.toString()));
      socket.once("close", () => resolve(""));
      socket.once("error", () => resolve(""));
    });
    if (answer === targets[target]) return sent;
    await sleep(1);
  }
}

function isHealthy(): Promise<boolean> {
  return new Promise((resolve) => {
    get("http://127.0.0.1:10256/healthz", (response) => resolve(response.resume().statusCode === 200)).on("error", () =>
      resolve(false),
    );
  });
}

/** The processor time of the agent and of its children in ms, and its memory in MB. */
async function usage() {
  const stat = (await readFile(`/proc/${agent.pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  const status = await readFile(`/proc/${agent.pid}/status`, "utf8");
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = stat
    .slice(11, 15)
    .map((ticks) => 10 * Number(ticks));
  return {
    own: user + system,
    children: childrenUser + childrenSystem,
    resident: megabytes(status, "VmRSS"),
    peak: megabytes(status, "VmHWM"),
  };
}

function megabytes(status: string, field: string): number {
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1000;
}

/** Looks every 50 ms how much memory the agent and its children have. */
function watchNft() {
  let peakSeen = 0;
  let isStopped = false;
  void (async () => {
    while (!isStopped) {
      let total = 0;
      for (const entry of await readdir("/proc")) {
        if (!/^\d+$/.test(entry)) continue;
        const status = await readFile(`/proc/${entry}/status`, "utf8").catch(() => "");
        const isOurs = Number(entry) === agent.pid || new RegExp(`^PPid:\\s+${agent.pid}$`, "m").test(status);
        if (isOurs) total += megabytes(status, "VmRSS");
      }
      peakSeen = Math.max(peakSeen, total);
      await sleep(50);
    }
  })();
  return {
    peak: () => peakSeen,
    stop: () => {
      isStopped = true;
    },
  };
}

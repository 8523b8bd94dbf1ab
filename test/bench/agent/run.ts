// Run in a network namespace of its own: the built agent against an API server with a cluster. Prints Figures as JSON.
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { type SpawnedAPIServer, spawnAPIServer } from "../../api-server/spawn.ts";
import type { Figure } from "../figures.ts";
import { AgentUnderTest } from "./agent-under-test.ts";
import { Probe } from "./probe.ts";
import { readinessFigures } from "./readiness.ts";
import { restartFigures, startFigures } from "./starts.ts";
import { stickyFigures } from "./sticky.ts";
import { churnFigures } from "./under-churn.ts";

const { values } = parseArgs({
  options: {
    services: { type: "string", default: "100" },
    endpoints: { type: "string", default: "10" },
    runs: { type: "string", default: "3" },
    churn: { type: "string", default: "1,20,100" },
    moves: { type: "string", default: "150" },
    // Nothing else then: how often an endpoint becomes ready.
    readiness: { type: "string" },
    // The same: how often an endpoint of a sticky Service is replaced.
    sticky: { type: "string" },
    // For a profile of the agent: --node-flag=--cpu-prof
    "node-flag": { type: "string", multiple: true, default: [] },
  },
});
const cluster = { services: Number(values.services), endpointsPerService: Number(values.endpoints) };
const rates = values.churn.split(",").map(Number);
const [moves, runs] = [Number(values.moves), Number(values.runs)];
const atMost = 30_000;

const folder = await mkdtemp(join(tmpdir(), "kube-nft-bench-"));
const api = await spawnAPIServer(["--services", values.services, "--endpoints", values.endpoints]);
let agent: AgentUnderTest | undefined;
try {
  const figures = await measure(api);
  process.stdout.write(JSON.stringify(figures));
} finally {
  await agent?.stop();
  await api.stop();
  await rm(folder, { recursive: true });
}

async function measure(api: SpawnedAPIServer): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  // On a machine that others use, times mean little.
  const took = (what: string) => {
    const [load = 0] = loadavg();
    const seconds = (performance.now() / 1000).toFixed(0).padStart(4);
    process.stderr.write(`${seconds} s  ${what}; load average ${load.toFixed(1)}\n`);
  };
  took("the API server listens");
  const probe = await Probe.start(api);
  const kubeconfig = await api.call("writeKubeconfig", folder);
  const start = () => {
    agent = new AgentUnderTest(kubeconfig, values["node-flag"]);
    return agent;
  };
  const starts = await startFigures({ api, start, runs, atMost });
  figures.push(...starts.figures);
  took("started");
  if (values.readiness !== undefined) {
    figures.push(...(await readinessFigures({ agent: starts.agent, probe, turns: Number(values.readiness) })));
    probe.stop();
    return figures.filter(({ name }) => name.startsWith("readiness"));
  }
  if (values.sticky !== undefined) {
    probe.stop();
    return stickyFigures(api, Number(values.sticky));
  }
  const restarts = await restartFigures(starts.agent, probe, { api, start, runs, atMost });
  figures.push(...restarts.figures);
  took("restarted");
  const running = restarts.agent;
  // The start has an end: what it left behind is collected by then.
  await sleep(15_000);
  // For V8 to compile what is often used.
  await churnFigures({ api, agent: running, probe, churn: { ...cluster, rate: 100 }, moves: 10 });
  for (const rate of rates) {
    figures.push(...(await churnFigures({ api, agent: running, probe, churn: { ...cluster, rate }, moves })));
    took(`had ${rate} changes a second`);
  }
  figures.push({
    name: "service ports that differ from a fresh compile",
    unit: "count",
    values: [await differing(kubeconfig)],
  });
  took("compared with a fresh compile");
  figures.push(...(await idleFigures(running)));
  took("idle");
  probe.stop();
  return figures;
}

/** How many service ports of the kernel are not as `kube-nft diff` has them. */
async function differing(kubeconfig: string): Promise<number> {
  const args = ["dist/cli.js", "diff", "--counters", "--kubeconfig", kubeconfig, "--node-name", "node-1"];
  const { exitCode, stdout, stderr } = await execa(process.execPath, args, { reject: false, timeout: 300_000 });
  if (exitCode !== 0 && exitCode !== 1) throw new Error(`kube-nft diff could not tell: ${stderr}`);
  const lines = stdout.split("\n").filter(Boolean);
  if (lines.length > 0) process.stderr.write(`the agent did not keep up:\n${lines.slice(0, 10).join("\n")}\n`);
  return lines.length;
}

async function idleFigures(agent: AgentUnderTest): Promise<readonly Figure[]> {
  // V8 collects garbage for the last time some ten seconds after the work is done.
  await sleep(20_000);
  const before = agent.processorTime();
  await sleep(10_000);
  const after = agent.processorTime();
  const percent = (after.own + after.children - before.own - before.children) / 100;
  const { resident, file } = agent.memory();
  return [
    { name: "rest, memory of the agent, pages of files", unit: "MB", values: [file] },
    { name: "rest, memory of the agent, its own", unit: "MB", values: [resident - file] },
    { name: "rest, memory of the agent", unit: "MB", values: [resident] },
    { name: "rest, memory together", unit: "MB", values: [resident + agent.childrenMemory()] },
    { name: "rest, processor, %", unit: "count", values: [percent] },
  ];
}

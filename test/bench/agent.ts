import { execa } from "execa";
import { type Figure, median } from "./figures.ts";
import type { Size } from "./synthetic.ts";

/** What agent-run.ts measures, times in ms and memory in MB. */
export type AgentRun = {
  readonly healthy: number;
  readonly reactions: readonly number[];
  readonly cpuPerChange: number;
  readonly cpuPerChangeWithNft: number;
  readonly resident: number;
  readonly peak: number;
  readonly peakWithNft: number;
  readonly idleCPUPercent: number;
};

/** The built agent in a network namespace of its own, against an API server of its own. Needs root. */
export async function agentFigures(size: Size): Promise<readonly Figure[]> {
  await execa("node", ["build.mjs"], { preferLocal: true });
  const args = ["-n", "node", "test/bench/agent-run.ts", String(size.services), String(size.endpoints)];
  const { stdout } = await execa("unshare", args, { preferLocal: true, stderr: "inherit" });
  const run: AgentRun = JSON.parse(stdout);
  const label = `${size.services} x ${size.endpoints}: agent`;
  const sorted = [...run.reactions].sort((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  return [
    { name: `${label}, start to healthy`, unit: "ms", values: [run.healthy] },
    { name: `${label}, event to packet, p50`, unit: "ms", values: [median(run.reactions)] },
    { name: `${label}, event to packet, p99`, unit: "ms", values: [p99] },
    { name: `${label}, processor time of a change`, unit: "ms", values: [run.cpuPerChange] },
    { name: `${label}, the same with nft`, unit: "ms", values: [run.cpuPerChangeWithNft] },
    { name: `${label}, resident memory`, unit: "MB", values: [run.resident] },
    { name: `${label}, peak memory`, unit: "MB", values: [run.peak] },
    { name: `${label}, peak memory with nft`, unit: "MB", values: [run.peakWithNft] },
    { name: `${label}, processor when idle, %`, unit: "count", values: [run.idleCPUPercent] },
  ];
}

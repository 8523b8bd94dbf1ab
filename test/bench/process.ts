import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Figure } from "./figures.ts";
import { type Size, syntheticList, syntheticNode, syntheticServices } from "./synthetic.ts";

/** The built program as a process: `render` of a small file and of a large one, with its peak of memory. */
export async function processFigures(size: Size, runs: number): Promise<readonly Figure[]> {
  await execa("node", ["build.mjs"], { preferLocal: true });
  const folder = await mkdtemp(join(tmpdir(), "kube-nft-bench-"));
  try {
    const small = join(folder, "small.json");
    const large = join(folder, "large.json");
    await writeFile(small, syntheticList(syntheticServices({ services: 1, endpoints: 2 })));
    await writeFile(large, syntheticList(syntheticServices(size)));
    const start = await repeat(runs, small);
    const render = await repeat(runs, large);
    return [
      { name: "render of one Service, as a process", unit: "ms", values: start.map(({ ms }) => ms) },
      { name: "render from JSON, as a process", unit: "ms", values: render.map(({ ms }) => ms) },
      { name: "render from JSON, peak memory", unit: "MB", values: render.map(({ megabytes }) => megabytes) },
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function repeat(runs: number, file: string) {
  const results: { readonly ms: number; readonly megabytes: number }[] = [];
  for (let run = 0; run <= runs; run++) {
    const args = ["--import", tellMemory, "dist/cli.js", "render", "-f", file, "--node-name", syntheticNode];
    const { durationMs, stderr } = await execa("node", args, { preferLocal: true, stdout: "ignore" });
    const kilobytes = Number(/maxRSS (\d+)/.exec(stderr)?.[1]);
    if (run > 0) results.push({ ms: durationMs, megabytes: kilobytes / 1000 });
  }
  return results;
}

const tellMemory = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write('maxRSS ' + process.resourceUsage().maxRSS))",
)}`;

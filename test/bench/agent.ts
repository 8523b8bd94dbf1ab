import { execa } from "execa";
import type { Figure } from "./figures.ts";
import type { Size } from "./synthetic.ts";

/**
 * The built agent in a network namespace of its own, against an API server of its own: starts, restarts, changes under a
 * churn of other changes, and rest. Needs root.
 */
export async function agentFigures({ services, endpoints }: Size, runs: number): Promise<readonly Figure[]> {
  await execa("node", ["build.mjs"], { preferLocal: true });
  const size = ["--services", String(services), "--endpoints", String(endpoints)];
  const args = ["-n", "node", "test/bench/agent/run.ts", ...size, "--runs", String(runs)];
  const { stdout } = await execa("unshare", args, { preferLocal: true, stderr: "inherit" });
  const figures: readonly Figure[] = JSON.parse(stdout);
  return figures;
}

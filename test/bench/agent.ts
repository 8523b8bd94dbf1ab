import { execa } from "execa";
import type { Figure } from "./figures.ts";
import type { Size } from "./synthetic.ts";

/**
 * The built agent in a network namespace of its own, against an API server of its own: starts, restarts, changes under a
 * churn of other changes, and rest. Needs root.
 */
export function agentFigures(size: Size, runs: number): Promise<readonly Figure[]> {
  return figuresOf(size, ["--runs", String(runs)]);
}

/** The same agent, of which only one endpoint of one more Service becomes ready and unready. Needs root. */
export function readinessFigures(size: Size, runs: number): Promise<readonly Figure[]> {
  return figuresOf(size, ["--runs", "1", "--readiness", String(runs * turnsPerRun)]);
}

/** The same agent, and a rolling update of one more Service, which has session affinity. Needs root. */
export function stickyFigures(size: Size, runs: number): Promise<readonly Figure[]> {
  return figuresOf(size, ["--runs", "1", "--sticky", String(runs * turnsPerRun)]);
}

const turnsPerRun = 10;

async function figuresOf({ services, endpoints }: Size, options: readonly string[]): Promise<readonly Figure[]> {
  await execa("node", ["build.mjs"], { preferLocal: true });
  const size = ["--services", String(services), "--endpoints", String(endpoints)];
  const args = ["-n", "node", "test/bench/agent/run.ts", ...size, ...options];
  const { stdout } = await execa("unshare", args, { preferLocal: true, stderr: "inherit" });
  const figures: readonly Figure[] = JSON.parse(stdout);
  return figures;
}

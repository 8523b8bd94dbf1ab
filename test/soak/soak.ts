// `npm run soak`: reads the options, builds the agent, and runs the soak in a network and process namespace of its own.
// All that it starts ends with it, however it ends.
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { labUnavailable } from "../lab/unavailable.ts";
import { builtProgram } from "../support/built.ts";
import { parseOptions, type SoakOptions, usage } from "./options.ts";

const exitImpossible = 2;
const apart = ["--net", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"];

process.exitCode = await main();

async function main(): Promise<number> {
  let options: SoakOptions | undefined;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`soak: ${error instanceof Error ? error.message : error}\n\n${usage}`);
    return exitImpossible;
  }
  if (options === undefined) {
    process.stdout.write(usage);
    return 0;
  }
  const reason = labUnavailable() ?? apartUnavailable();
  if (reason !== undefined) {
    process.stderr.write(`soak: it cannot run here: ${reason}\n`);
    return exitImpossible;
  }
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());
  const folder = await mkdtemp(join(tmpdir(), "kube-nft-soak-"));
  try {
    return await runApart([await builtProgram(), folder, JSON.stringify(options)], stopped.signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Why there can be no such namespaces here, or undefined if there can. */
function apartUnavailable(): string | undefined {
  const { status, stderr } = spawnSync("unshare", [...apart, "true"], { encoding: "utf8" });
  return status === 0 ? undefined : `no process namespaces: ${stderr.trim()}`;
}

/** Runs in-namespace.ts; resolves with its exit code. */
function runApart(args: readonly string[], signal: AbortSignal): Promise<number> {
  const inside = fileURLToPath(new URL("./in-namespace.ts", import.meta.url));
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", inside, ...args];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "unshare", ...apart, ...node], {
    stdio: ["ignore", "inherit", "inherit"],
    signal,
    // unshare ignores kinder ones while it waits for the process in the namespace.
    killSignal: "SIGKILL",
  });
  return new Promise((resolve) => {
    child.once("error", () => resolve(exitImpossible));
    child.once("close", (code) => resolve(code ?? exitImpossible));
  });
}

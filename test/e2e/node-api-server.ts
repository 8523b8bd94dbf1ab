import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SpawnedAPIServer } from "../api-server/spawn.ts";

/** Starts an API server through a command that brings it to the agent's network; `args` are those of its main.ts. */
export async function startNodeAPIServer(
  enter: readonly string[],
  args: readonly string[] = [],
): Promise<SpawnedAPIServer> {
  const main = fileURLToPath(new URL("../api-server/main.ts", import.meta.url));
  const [program = "", ...rest] = [...enter, process.execPath, "--disable-warning=ExperimentalWarning", main, ...args];
  const child = spawn(program, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the API server ended with ${code}`)));
    child.once("error", reject);
  });
  return new SpawnedAPIServer(child, lines, JSON.parse(line));
}

/** Stops it, gently or not. */
export async function stopNodeAPIServer(server: SpawnedAPIServer): Promise<void> {
  const murder = setTimeout(() => {
    if (server.pid !== undefined) process.kill(server.pid, "SIGKILL");
  }, 2000);
  await server.stop();
  clearTimeout(murder);
}

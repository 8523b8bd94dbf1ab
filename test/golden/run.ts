import { execFile } from "node:child_process";
import { root } from "./fixture.ts";

/** Node keeps what it compiled here; half of a start is compiling. */
const env = { ...process.env, NODE_COMPILE_CACHE: `${root}/.cache/node` };

export type Ran = { readonly stdout: string; readonly stderr: string; readonly exitCode: number };

/** Runs kube-nft, unbuilt. It may fail. */
export function run(args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ["src/cli/main.ts", ...args], { cwd: root, env }, (_, stdout, stderr) =>
      resolve({ stdout, stderr, exitCode: child.exitCode ?? -1 }),
    );
  });
}

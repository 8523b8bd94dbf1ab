import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { root } from "../golden/fixture.ts";

/** Runs a script of the tests with Node, from the folder of the repository; it prints its result as JSON. */
export function script<T>(file: string, ...args: readonly string[]): Promise<T> {
  return resultOf<T>([process.execPath, file, ...args], process.env["PATH"]);
}

/** The same in a network namespace of its own, with an nft. */
export function scriptApart<T>(nft: string, file: string, ...args: readonly string[]): Promise<T> {
  const path = `${dirname(nft)}:${process.env["PATH"]}`;
  return resultOf<T>(["unshare", "-n", process.execPath, file, ...args], path);
}

async function resultOf<T>([program = "", ...args]: readonly string[], path: string | undefined): Promise<T> {
  const env = { ...process.env, NODE_COMPILE_CACHE: `${root}/.cache/node`, PATH: path };
  const { stdout } = await promisify(execFile)(program, args, { cwd: root, env, maxBuffer: 1 << 30 });
  return JSON.parse(stdout);
}

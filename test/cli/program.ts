import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { root } from "../golden/fixture.ts";
import { builtProgram } from "../support/built.ts";

export type Ran = { readonly stdout: string; readonly stderr: string; readonly exitCode: number };

export type Surroundings = {
  /** The folder in which the program runs; the repository's otherwise. */
  readonly folder?: string;
  readonly input?: string;
  /** The nft that the program finds. */
  readonly nft?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A program that starts the program, with its arguments: `["setpriv", "--reuid", "1"]`. */
  readonly through?: readonly string[];
};

/** Starts a program without the capabilities of root, but for the one that it takes to be root in a user namespace. */
export const powerless: readonly string[] = ["setpriv", "--bounding-set=-all,+setfcap", "--inh-caps=-all"];

/** Starts a program at a terminal of its own, which types what is its input; what it writes anywhere is its output. */
export const terminal: readonly string[] = ["bash", "-c", `script -qec "$(printf "%q " "$@")" /dev/null`, "bash"];

/** Node keeps what it compiled here; half of a start is compiling. */
const cache = { NODE_COMPILE_CACHE: `${root}/.cache/node` };

/** Runs kube-nft as it is shipped. It may fail. */
export async function kubeNFT(args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  return run([process.execPath, await builtProgram(), ...args], surroundings);
}

/** Runs a shell command in which `"$@"` is kube-nft. */
export async function inShell(script: string, args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  return run(["bash", "-c", script, "bash", process.execPath, await builtProgram(), ...args], surroundings);
}

export function run(command: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  const { folder = root, input = "", nft, through = [] } = surroundings;
  const { PATH } = process.env;
  const path = nft === undefined ? {} : { PATH: `${dirname(nft)}:${PATH}` };
  const env = { ...process.env, ...cache, ...path, ...surroundings.env };
  const [file = "", ...args] = [...through, ...command];
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { cwd: folder, env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (child.exitCode === null) reject(error);
      else resolve({ stdout, stderr, exitCode: child.exitCode });
    });
    child.stdin?.on("error", () => {}); // a program that does not read its input is no failure
    child.stdin?.end(input);
  });
}

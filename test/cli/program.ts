import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { afterAll } from "@jest/globals";
import { root } from "../golden/fixture.ts";
import { builtProgram } from "../support/built.ts";
import { type Given, Resident } from "../support/resident.ts";
import { uncoloured } from "../support/uncoloured.ts";

export type Ran = { readonly stdout: string; readonly stderr: string; readonly exitCode: number };

export type Surroundings = Given & {
  /** The nft that the program finds. */
  readonly nft?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A program that starts kube-nft, with its arguments: `["setpriv", "--reuid", "1"]`. */
  readonly through?: readonly string[];
};

/** Starts a program without root's capabilities, except the one that it needs to be root in a user namespace. */
export const powerless: readonly string[] = ["setpriv", "--bounding-set=-all,+setfcap", "--inh-caps=-all"];

/** Starts a program on its own terminal, where its input is typed; its output is everything that it writes. */
export const terminal: readonly string[] = ["bash", "-c", `script -qec "$(printf "%q " "$@")" /dev/null`, "bash"];

let resident: Resident | undefined;
afterAll(() => resident?.close());

/**
 * Runs kube-nft as it is shipped. It may fail. A test file has one process for all command lines, except those that need
 * their own; `run` exits by itself.
 */
export async function kubeNFT(args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  const program = await builtProgram();
  if (args[0] === "run" || !isOrdinary(surroundings)) return run([process.execPath, program, ...args], surroundings);
  resident ??= new Resident([], program, environment());
  return resident.run(args, surroundings);
}

/** Whether an existing process can be used. */
export function isOrdinary({ nft, env, through }: Surroundings): boolean {
  return nft === undefined && env === undefined && through === undefined;
}

/** The environment in which programs find this nft. */
export function environment(nft?: string): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return { ...uncoloured(process.env), ...(nft === undefined ? {} : { PATH: `${dirname(nft)}:${PATH}` }) };
}

/** Runs a shell command in which `"$@"` is kube-nft. */
export async function inShell(script: string, args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  return run(["bash", "-c", script, "bash", process.execPath, await builtProgram(), ...args], surroundings);
}

export function run(command: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  const { folder = root, input = "", nft, through = [] } = surroundings;
  const env = { ...environment(nft), ...surroundings.env };
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

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { test } from "@jest/globals";
import { listingLines } from "../paths/listing.ts";
import { builtProgram } from "../support/built.ts";
import { kernelTest } from "../support/kernel-test.ts";
import { Resident } from "../support/resident.ts";
import { fileText } from "./folder.ts";
import { config } from "./manifests.ts";
import { environment, isOrdinary, kubeNFT, type Ran, run, type Surroundings } from "./program.ts";

/** A test of commands in its own network namespace, once for each nft; some run at the same time. */
export function networkTest(name: string, body: (network: Network) => Promise<void>): void {
  const inNetwork = async (nft: string) => {
    const network = await Network.start(nft);
    try {
      await body(network);
    } finally {
      await network.end();
    }
  };
  kernelTest(name, inNetwork, test.concurrent);
}

/** A network namespace without addresses, in which programs run with one nft. It disappears with its process. */
export class Network {
  /** The path of nft. */
  readonly program: string;
  readonly #holder: ChildProcessByStdio<Writable, Readable, null>;
  readonly #residents: Resident[] = [];
  #usual: Resident | undefined;

  static async start(nft: string): Promise<Network> {
    const network = new Network(nft);
    await once(network.#holder.stdout, "data");
    return network;
  }

  private constructor(nft: string) {
    this.program = nft;
    this.#holder = spawn("unshare", ["-n", "sh", "-c", "echo ready; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
  }

  async end(): Promise<void> {
    await Promise.all(this.#residents.map((resident) => resident.close()));
    this.#holder.stdin.end();
  }

  async kubeNFT(args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
    if (isOrdinary(surroundings)) {
      this.#usual ??= await this.resident();
      return this.#usual.run(args, surroundings);
    }
    const through = [...this.#enter, ...(surroundings.through ?? [])];
    return kubeNFT(args, { nft: this.program, ...surroundings, through });
  }

  /** A process for command lines, started through a program if one is given. */
  async resident(through: readonly string[] = []): Promise<Resident> {
    const resident = new Resident([...this.#enter, ...through], await builtProgram(), environment(this.program));
    this.#residents.push(resident);
    return resident;
  }

  /** Runs a command with these objects as its input. */
  about(command: string, objects: readonly object[], ...args: readonly string[]): Promise<Ran> {
    const input = String(fileText({ kind: "List", items: objects }));
    return this.kubeNFT([command, "-f", "-", "--config", config, ...args], { input });
  }

  /** The lines that `apply` prints for these objects. Rejects if it fails. */
  async apply(objects: readonly object[], ...args: readonly string[]): Promise<readonly string[]> {
    return succeeded(await this.about("apply", objects, "--yes", ...args))
      .trimEnd()
      .split("\n");
  }

  /** Executes nft commands in one transaction, and resolves with their output. Rejects if they fail. */
  async nft(...commands: readonly string[]): Promise<string> {
    const input = commands.map((command) => `${command}\n`).join("");
    return succeeded(await run([this.program, "-f", "-"], { through: this.#enter, input }));
  }

  /** The kernel's contents, in an order that does not depend on history. */
  async listing(): Promise<readonly string[]> {
    return listingLines(await this.nft("list ruleset"));
  }

  /** The rules of a chain with the handles that the kernel gave them. */
  async handles(chain: string): Promise<string> {
    return succeeded(
      await run([this.program, "-a", "list", "chain", "ip", "kube-nft", chain], { through: this.#enter }),
    );
  }

  /** The families and names of all tables, in order. */
  async tables(): Promise<readonly string[]> {
    const listed = await this.nft("list tables");
    return [...listed.matchAll(/^table (.*)$/gm)].map(([, name = ""]) => name).sort();
  }

  get #enter(): readonly string[] {
    return ["nsenter", `--net=/proc/${this.#holder.pid}/ns/net`];
  }
}

function succeeded({ stdout, stderr, exitCode }: Ran): string {
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`);
  return stdout;
}

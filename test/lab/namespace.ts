import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { type Questions, type Reply, readiness } from "./messages.ts";
import type { Host } from "./world.ts";

/** What a command wrote, and how it ended. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined if it did not start or a signal ended it. */
  readonly exitCode: number | undefined;
}

/**
 * A network namespace and the agent in it. The namespace has no name, and no owner but its processes; the agent ends
 * when its stdin does. So nothing stays behind, however the process that made the lab ends.
 */
export class Namespace {
  readonly host: Host;
  readonly #agent: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting = new Map<number, PromiseWithResolvers<string>>();
  readonly #ended = Promise.withResolvers<void>();
  #failure: Error | undefined;
  #questions = readiness;

  /** Ready when the promise is. It is rejected, with what the agent said, if that ends before. */
  static async start(host: Host): Promise<Namespace> {
    const namespace = new Namespace(host);
    await namespace.#reply(readiness);
    return namespace;
  }

  private constructor(host: Host) {
    this.host = host;
    this.#agent = spawn("unshare", ["--net", process.execPath, "--disable-warning=ExperimentalWarning", agent, host], {
      // Compiled once, eight agents start in half the time.
      env: { ...process.env, NODE_COMPILE_CACHE: compiled },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let said = "";
    this.#agent.stderr.on("data", (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4000);
    });
    this.#agent.stdin.on("error", () => {}); // that the agent has ended shows below
    this.#agent.on("error", (error) => this.#end(error));
    this.#agent.on("close", (code, signal) => this.#end(new Error(`agent ${host} ended: ${signal ?? code}\n${said}`)));
    createInterface(this.#agent.stdout).on("line", (line) => {
      const space = line.indexOf(" ");
      this.#waiting.get(Number(line.slice(0, space)))?.resolve(line.slice(space + 1));
    });
  }

  /** A process in the namespace, by which `ip` and `nsenter` find it. */
  get pid(): number {
    return this.#agent.pid ?? 0;
  }

  /** The words that make the command after them run in this namespace. It ends with the process that starts it. */
  get enter(): readonly string[] {
    return ["setpriv", "--pdeathsig", "KILL", "nsenter", "--target", String(this.pid), "--net", "--"];
  }

  async ask<Kind extends keyof Questions>(
    kind: Kind,
    question: Questions[Kind]["question"],
  ): Promise<Questions[Kind]["answer"]> {
    this.#questions += 1;
    const id = this.#questions;
    this.#agent.stdin.write(`${JSON.stringify({ id, kind, question })}\n`);
    const reply: Reply<Questions[Kind]["answer"]> = JSON.parse(await this.#reply(id));
    if (reply.kind === "error") {
      throw new Error(`agent ${this.host}: ${reply.message}`);
    }
    return reply.answer;
  }

  /** Runs a command in the namespace. It may fail. */
  async run(command: readonly string[], input = ""): Promise<Ran> {
    const [program = "", ...args] = [...this.enter, ...command];
    const { stdout, stderr, exitCode } = await execa(program, args, { input, reject: false });
    return { stdout, stderr, exitCode };
  }

  /** Runs a command that must not fail. */
  async must(command: readonly string[], input = ""): Promise<string> {
    const { stdout, stderr, exitCode } = await this.run(command, input);
    if (exitCode !== 0) {
      throw new Error(`${command.join(" ")} in ${this.host} ended with ${exitCode}: ${stderr}`);
    }
    return stdout;
  }

  /** Ends the agent, and so the namespace. */
  async close(): Promise<void> {
    const murder = setTimeout(() => this.#agent.kill("SIGKILL"), 5000);
    this.#agent.stdin.end();
    await this.#ended.promise;
    clearTimeout(murder);
  }

  async #reply(id: number): Promise<string> {
    if (this.#failure) {
      throw this.#failure;
    }
    const waiting = Promise.withResolvers<string>();
    this.#waiting.set(id, waiting);
    try {
      return await waiting.promise;
    } finally {
      this.#waiting.delete(id);
    }
  }

  #end(failure: Error): void {
    this.#failure ??= failure;
    for (const { reject } of this.#waiting.values()) {
      reject(this.#failure);
    }
    this.#ended.resolve();
  }
}

const agent = fileURLToPath(new URL("./agent/agent.ts", import.meta.url));
const compiled = fileURLToPath(new URL("../../.cache/lab", import.meta.url));

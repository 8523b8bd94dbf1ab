import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

const patience = 120_000;

/** A program that one talks with, a line at a time. It ends when its input does. */
export class Dialogue {
  readonly #program: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;

  constructor([program = "", ...args]: readonly string[]) {
    this.#program = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#program.stdin.on("error", () => {}); // that it has ended shows when it is listened to
    this.#lines = createInterface(this.#program.stdout)[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => this.#program.on("close", resolve));
  }

  say(line: string): void {
    this.#program.stdin.write(`${line}\n`);
  }

  /** The next line. A program that says nothing for too long is ended. */
  async listen(): Promise<string> {
    const murder = setTimeout(() => this.#program.kill("SIGKILL"), patience);
    const { value, done } = await this.#lines.next();
    clearTimeout(murder);
    if (done) throw new Error(`${this.#program.spawnargs.join(" ")} has ended`);
    return value;
  }

  /** Listens for one line, which must be this one. */
  async hear(expected: string): Promise<void> {
    const line = await this.listen();
    if (line !== expected) throw new Error(`${this.#program.spawnargs.join(" ")} says ${line}`);
  }

  async end(): Promise<void> {
    this.#program.stdin.end();
    await this.#ended;
  }
}

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Captured } from "../support/captured.ts";

/**
 * A process that runs commands of the built program, one at a time: to start one for each takes ten times as long, and
 * many tests look again and again. It ends with the process that starts it.
 */
export class Resident {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  /** `enter`: the words that make a command run on the node. */
  constructor(enter: readonly string[], program: string, env: NodeJS.ProcessEnv) {
    const [file = "", ...args] = [...enter, process.execPath, "--disable-warning=ExperimentalWarning", main, program];
    this.#child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"], env });
    this.#answers = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  run(args: readonly string[]): Promise<Captured> {
    const ran = this.#last.then(async () => {
      this.#child.stdin.write(`${JSON.stringify(args)}\n`);
      const { value, done } = await this.#answers.next();
      if (done) throw new Error(`kube-nft ${args.join(" ")}: its process has ended`);
      const answer: Captured = JSON.parse(value);
      return answer;
    });
    this.#last = ran.catch(() => undefined);
    return ran;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await ended;
  }
}

const main = fileURLToPath(new URL("./resident-main.ts", import.meta.url));

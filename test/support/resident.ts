import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { root } from "../golden/fixture.ts";
import type { Captured } from "./captured.ts";
import { jsonLine } from "./json-line.ts";
import { uncoloured } from "./uncoloured.ts";

/** What a command runs with. */
export type Given = {
  /** The folder in which it runs; the repository's otherwise. */
  readonly folder?: string;
  /** Its standard input. */
  readonly input?: string;
};

/**
 * A process that runs commands of the built program, one at a time: starting one for each takes ten times as long. It ends
 * with the process that starts it.
 */
export class Resident {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  /** `enter`: the words that make a command run on a node, or in a network. */
  constructor(enter: readonly string[], program: string, env: NodeJS.ProcessEnv) {
    const [file = "", ...args] = [...enter, process.execPath, "--disable-warning=ExperimentalWarning", main, program];
    this.#child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"], env: uncoloured(env) });
    this.#answers = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  run(args: readonly string[], { folder = root, input = "" }: Given = {}): Promise<Captured> {
    const ran = this.#last.then(async () => {
      this.#child.stdin.write(jsonLine({ args, folder, input }));
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

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** A line of the agent's log. */
export type LogLine = { readonly level: string; readonly msg: string; readonly time: string } & Readonly<
  Record<string, unknown>
>;

/** The agent's exit, and how many milliseconds it took. */
export type End = {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly milliseconds: number;
};

type Wanted = (line: LogLine) => boolean;

/** A process of the agent, and its log. */
export class AgentProcess {
  readonly log: LogLine[] = [];
  readonly #child: ChildProcessByStdio<null, null, Readable>;
  readonly #ended: Promise<Omit<End, "milliseconds">>;
  readonly #waiting = new Set<(line: LogLine | undefined) => void>();

  /** Its children are in its process group, and are killed by `destroy`. */
  constructor(command: readonly string[], env: NodeJS.ProcessEnv, cwd: string) {
    const [program = "", ...args] = command;
    this.#child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], env, cwd, detached: true });
    createInterface(this.#child.stderr).on("line", (text) => {
      const line = parse(text);
      this.log.push(line);
      for (const look of [...this.#waiting]) look(line);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve({ code: undefined, signal: error.message }));
      this.#child.once("close", (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
    });
    void this.#ended.then(() => {
      for (const look of [...this.#waiting]) look(undefined);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The number of lines it has logged, as the start of a wait. */
  get position(): number {
    return this.log.length;
  }

  /**
   * The first matching line from a position on. Rejects if there is none within two minutes, which happens only if the
   * agent hangs.
   */
  async line(wanted: Wanted, { from = 0, what = "a line" } = {}): Promise<LogLine> {
    const there = this.log.slice(from).find(wanted);
    if (there !== undefined) return there;
    const came = await new Promise<LogLine | undefined>((resolve) => {
      const done = (line: LogLine | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(line);
      };
      const look = (line: LogLine | undefined) => {
        if (line === undefined || wanted(line)) done(line);
      };
      const timer = setTimeout(() => done(undefined), 120_000);
      this.#waiting.add(look);
      if (!this.isRunning) done(undefined);
    });
    if (came !== undefined) return came;
    const last = this.log.slice(-20).map((line) => JSON.stringify(line));
    throw new Error(`the agent did not log ${what}; the last that it did:\n${last.join("\n")}`);
  }

  logged(message: string): Promise<LogLine> {
    return this.line(({ msg }) => msg === message, { what: message });
  }

  /** The lines with a message. */
  lines(message: string): readonly LogLine[] {
    return this.log.filter(({ msg }) => msg === message);
  }

  /** Sends a signal to the agent alone, and waits until it exits. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<End> {
    const began = performance.now();
    this.#child.kill(signal);
    return { ...(await this.#ended), milliseconds: performance.now() - began };
  }

  /** Kills it and everything that it has started. */
  async destroy(): Promise<void> {
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      // The whole group has exited.
    }
    await this.#ended;
  }
}

function parse(text: string): LogLine {
  try {
    return JSON.parse(text);
  } catch {
    return { level: "none", msg: text, time: "" };
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { imageNodeOptions } from "../../support/image-options.ts";
import { MemoryPeaks } from "./memory-peaks.ts";
import { descendants, type Memory, memory, type ProcessorTime, processorTime } from "./usage.ts";

/** Node keeps it in a file how many processes the agent starts. */
const counter = new URL("./count-processes.mjs", import.meta.url).href;

/** The built agent, with the flags of its image. */
export class AgentUnderTest {
  readonly peaks: MemoryPeaks;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #pid: number;
  readonly #began = performance.now();
  readonly #counted: string;

  /** @param nodeFlags more flags for Node, such as `--cpu-prof` */
  constructor(kubeconfig: string, nodeFlags: readonly string[]) {
    this.#counted = `${kubeconfig}.processes`;
    writeFileSync(this.#counted, "0");
    const flags = [...imageNodeOptions().split(" "), "--import", counter, ...nodeFlags];
    // How many connections are tracked can be set outside of all network namespaces only.
    const options = ["--kubeconfig", kubeconfig, "--hostname-override", "node-1", "--conntrack-max-per-core", "0"];
    this.#child = spawn(process.execPath, [...flags, "dist/cli.js", "run", ...options], {
      stdio: "ignore",
      env: { ...process.env, PROCESSES_STARTED: this.#counted },
    });
    this.#ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#pid = this.#child.pid ?? 0;
    this.peaks = new MemoryPeaks(this.#pid);
  }

  /** Resolves when it is healthy, with the milliseconds since it was started. */
  async healthy(seconds = 300): Promise<number> {
    while (!(await isHealthy())) {
      if (this.#child.exitCode !== null) throw new Error(`the agent ended with ${this.#child.exitCode}`);
      if (performance.now() - this.#began > seconds * 1000) throw new Error(`it is not healthy after ${seconds} s`);
      await sleep(20);
    }
    return performance.now() - this.#began;
  }

  processorTime(): ProcessorTime {
    return processorTime(this.#pid);
  }

  /** Its own memory in MB. */
  memory(): Omit<Memory, "name"> {
    return memory(this.#pid) ?? { resident: Number.NaN, peak: Number.NaN, file: Number.NaN };
  }

  /** How many processes it has started. */
  processes(): number {
    return Number(readFileSync(this.#counted, "utf8"));
  }

  /** What its children have of memory now, in MB. */
  childrenMemory(): number {
    return descendants(this.#pid).reduce((sum, child) => sum + (memory(child)?.resident ?? 0), 0);
  }

  async stop(): Promise<void> {
    this.peaks.stop();
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 60_000);
    await this.#ended;
    clearTimeout(timer);
  }
}

function isHealthy(): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get("http://127.0.0.1:10256/healthz", { agent: false }, (response) => {
      resolve(response.resume().statusCode === 200);
    });
    request.on("error", () => resolve(false));
  });
}

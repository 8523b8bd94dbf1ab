import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { execa } from "execa";
import { withPath } from "./with-path.ts";

/**
 * A network namespace of its own, in which only a loopback interface exists, to which all routes lead. It disappears when
 * the test's process ends, at the latest.
 */
export class NetNamespace {
  readonly #pid: number;
  readonly #end: () => Promise<void>;

  static async start(): Promise<NetNamespace> {
    const holder = spawn("unshare", ["--net", "cat"], { stdio: ["pipe", "pipe", "inherit"] });
    const ended = new Promise<void>((resolve) => holder.on("close", () => resolve()));
    // cat runs in the new namespace once it answers.
    const answered = new Promise((resolve) => holder.stdout.once("data", resolve));
    holder.stdin.write("ready\n");
    await answered;
    const namespace = new NetNamespace(holder.pid ?? 0, () => {
      holder.stdin.end();
      return ended;
    });
    await namespace.must(["ip", "link", "set", "lo", "up"]);
    for (const family of ["-4", "-6"]) await namespace.must(["ip", family, "route", "add", "default", "dev", "lo"]);
    return namespace;
  }

  private constructor(pid: number, end: () => Promise<void>) {
    this.#pid = pid;
    this.#end = end;
  }

  /** A process in it, by which `ip` finds it. */
  get pid(): number {
    return this.#pid;
  }

  /** The words that make the following command run in this namespace. */
  get enter(): readonly string[] {
    return ["nsenter", "--target", String(this.#pid), "--net", "--"];
  }

  /** Runs a command that must not fail, and returns its output. */
  async must(command: readonly string[], input = ""): Promise<string> {
    const [program = "", ...args] = [...this.enter, ...command];
    return (await execa(program, args, { input })).stdout;
  }

  /** During `body`, these programs run in this namespace when this process starts them by name. */
  async withPrograms<T>(programs: readonly string[], body: () => Promise<T>): Promise<T> {
    const directory = await mkdtemp(join(tmpdir(), "kube-nft-"));
    const path = process.env["PATH"] ?? "";
    for (const program of programs) {
      const file = join(directory, basename(program));
      await writeFile(file, `#!/bin/sh\nPATH='${path}' exec ${this.enter.join(" ")} ${program} "$@"\n`);
      await chmod(file, 0o755);
    }
    try {
      return await withPath(`${directory}:${path}`, body);
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  close(): Promise<void> {
    return this.#end();
  }
}

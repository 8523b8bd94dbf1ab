import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { listingLines } from "./listing.ts";

/**
 * The tables of this process's network namespace, which must be its own.
 *
 * Each change is made by an nft of its own, as in real life. One more nft stays and lists, as to start one takes longer
 * than to list.
 */
export class Kernel {
  readonly #lister: ChildProcessByStdio<Writable, Readable, null>;
  readonly #listed: AsyncIterator<string>;

  constructor() {
    this.#lister = spawn("nft", ["-i"], { stdio: ["pipe", "pipe", "inherit"] });
    this.#listed = this.#lister.stdout.setEncoding("utf8").iterator();
  }

  /** Carries out commands, all or none. Resolves with what nft has to say: nothing, if it could. */
  async apply(commands: string): Promise<string> {
    const nft = spawn("nft", ["-f", "-"], { stdio: ["pipe", "ignore", "pipe"] });
    const exit = new Promise<string>((resolve, reject) =>
      nft.on("error", reject).on("close", (code, signal) => resolve(String(code ?? signal))),
    );
    nft.stdin.end(commands);
    const said = await text(nft.stderr);
    const code = await exit;
    return code === "0" ? said : `nft ends with ${code}: ${said}`;
  }

  /** Carries out commands that must not fail. */
  async load(commands: string): Promise<void> {
    const said = await this.apply(commands);
    if (said !== "") throw new Error(`${said}\n${commands}`);
  }

  /** What the kernel holds; there must be as many tables as given. */
  async list(tables: number): Promise<readonly string[]> {
    this.#lister.stdin.write("list ruleset\n");
    let listing = "";
    while ((listing.match(/^\}$/gm)?.length ?? 0) < tables) {
      const { done, value } = await this.#listed.next();
      if (done) throw new Error("nft does not list the ruleset");
      listing += value;
    }
    return listingLines(listing);
  }

  close(): void {
    this.#lister.stdin.end();
  }
}

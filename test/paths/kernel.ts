import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { longestPiece, NftError } from "../../src/io/nft/nft.ts";
import { NftSession } from "../../src/io/nft/session.ts";
import { listingLines } from "./listing.ts";

/**
 * The tables of a network namespace: of this process's own, or of one that is made.
 *
 * Small changes are made by an nft that stays, and large ones by an nft of their own, as the agent does it. One more nft
 * stays and lists, as to start one takes longer than to list.
 */
export class Kernel {
  readonly #lister: ChildProcessByStdio<Writable, Readable, null>;
  readonly #listed: AsyncIterator<string>;
  readonly #enter: readonly string[];
  readonly #session: NftSession;

  /** In a namespace that is gone with it. */
  static async apart(): Promise<Kernel> {
    const kernel = new Kernel(true);
    await kernel.#list("add table ip ready\nlist tables\ndelete table ip ready", /^table ip ready$/m);
    return kernel;
  }

  constructor(isApart = false) {
    const [program = "", ...args] = [...(isApart ? ["unshare", "-n"] : []), "nft", "-i"];
    this.#lister = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#listed = this.#lister.stdout.setEncoding("utf8").iterator();
    this.#enter = isApart ? ["nsenter", `--net=/proc/${this.#lister.pid}/ns/net`] : [];
    this.#session = new NftSession([...this.#enter, "nft"]);
  }

  /** Carries out the commands of transactions, all or none. Resolves with what nft has to say: nothing, if it could. */
  async apply(commands: string): Promise<string> {
    if (commands.length > longestPiece) return this.#start(commands);
    try {
      await this.#session.apply(commands);
      return "";
    } catch (error) {
      if (!(error instanceof NftError)) throw error;
      return error.message;
    }
  }

  async #start(commands: string): Promise<string> {
    const [program = "", ...args] = [...this.#enter, "nft", "-f", "-"];
    const nft = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
    const exit = new Promise<string>((resolve, reject) =>
      nft.on("error", reject).on("close", (code, signal) => resolve(String(code ?? signal))),
    );
    nft.stdin.end(commands);
    const said = await text(nft.stderr);
    const code = await exit;
    return code === "0" ? said : `nft ends with ${code}: ${said}`;
  }

  /** Carries out commands, or loads a ruleset, that must not fail. */
  async load(commands: string): Promise<void> {
    const said = await this.#start(commands);
    if (said !== "") throw new Error(`${said}\n${commands}`);
  }

  /** What the kernel holds; there must be as many tables as given. */
  async list(tables: number): Promise<readonly string[]> {
    return listingLines(await this.#list("list ruleset", new RegExp(`(^\\}$[^]*){${tables}}`, "m")));
  }

  /** What nft writes for commands, a line each, up to what is at its end. */
  async #list(commands: string, end: RegExp): Promise<string> {
    this.#lister.stdin.write(`${commands}\n`);
    let listing = "";
    while (!end.test(listing)) {
      const { done, value } = await this.#listed.next();
      if (done) throw new Error(`nft does not say anything to: ${commands}`);
      listing += value;
    }
    return listing;
  }

  close(): void {
    this.#session.end();
    this.#lister.stdin.end();
  }
}

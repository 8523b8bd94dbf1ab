import { setTimeout as sleep } from "node:timers/promises";
import { execa, type ResultPromise } from "execa";
import { complaintsIn, summary } from "./complaints.ts";
import { NftError, type SendOptions, timeLimit } from "./nft.ts";

/**
 * A long-running nft for small transactions. Starting one takes longer than the transaction itself: the kernel copies
 * the parent process, which takes longer with a larger cluster.
 *
 * It is `nft -i`, which executes each line as one transaction, and writes errors to standard error. A line
 * that it always refuses shows when the one before is done.
 */
export class NftSession {
  readonly #command: readonly string[];
  #nft: Nft | undefined;
  /** Called if an nft exits before it answers. */
  #onEnd: { readonly nft: Nft; readonly fail: (message: string, cause?: unknown) => void } | undefined;
  #lines = 0;
  #characters = 0;
  #last: Promise<unknown> = Promise.resolve();
  readonly #pause: NodeJS.Timeout;

  /**
   * @param command what starts nft
   * @param idleMs nft is ended after this time without a transaction, which frees its memory
   */
  constructor(command: readonly string[] = ["nft"], idleMs = 10_000) {
    this.#command = command;
    this.#pause = setTimeout(() => this.end(), idleMs).unref();
  }

  /**
   * Executes commands, all or none, after the previous ones. Rejects with an NftError, whose exit code
   * is 1 if nothing was changed.
   *
   * @param text as for `nft -f`, of at most `longestPiece` characters
   */
  apply(text: string, options: SendOptions = {}): Promise<void> {
    const applied = this.#last.then(() => this.#apply(text, options));
    this.#last = applied.catch(() => undefined);
    return applied;
  }

  /** Ends nft when it has finished; the next transaction starts another. */
  end(): void {
    this.#nft?.stdin.end();
    this.#nft = undefined;
    this.#lines = 0;
    this.#characters = 0;
  }

  async #apply(text: string, { patience, sentBy }: SendOptions): Promise<void> {
    const nft = this.#nft ?? this.#start();
    sentBy?.(nft.pid);
    this.#pause.refresh();
    this.#lines += 1;
    const line = text.trimEnd().replaceAll("\n", "; ");
    let output: string;
    try {
      output = await this.#answer(nft, line, `end of ${this.#lines}`, timeLimit(line, patience));
    } catch (error) {
      // If it did not answer in time, it may still execute the command. The table has to be read to find out.
      this.#nft = undefined;
      nft.kill("SIGKILL");
      await Promise.race([nft, sleep(endMs, undefined, { ref: false })]);
      throw error;
    }
    this.#characters += line.length;
    if (this.#lines >= mostLines || this.#characters >= mostCharacters) this.end();
    if (complaintsIn(output).length > 0) throw new NftError(`nft failed: ${summary(output)}`, output, 1, undefined);
  }

  #start(): Nft {
    const [program = "", ...args] = this.#command;
    const nft = execa(program, [...args, "-i"], options);
    nft.stderr.setEncoding("utf8");
    nft.stdin.on("error", () => undefined);
    void nft.then(({ shortMessage = "nft ended", cause }) => {
      if (this.#nft === nft) this.end();
      if (this.#onEnd?.nft === nft) this.#onEnd.fail(shortMessage, cause);
    });
    this.#nft = nft;
    return nft;
  }

  /** Writes a line and an end mark, and returns what nft writes in between. */
  #answer(nft: Nft, line: string, mark: string, limit: number): Promise<string> {
    return new Promise<string>((resolve, reject) => {
      let output = "";
      const stop = () => {
        clearTimeout(timer);
        nft.stderr.off("data", read);
        this.#onEnd = undefined;
      };
      const fail = (message: string, cause?: unknown, isOverrun = false) => {
        stop();
        reject(new NftError(message, output, undefined, cause, isOverrun));
      };
      const read = (piece: string) => {
        output += piece;
        const end = output.indexOf(`\n${mark}\n`);
        if (end === -1) return;
        stop();
        // The line before the mark is nft's refusal of the mark itself.
        resolve(output.slice(0, output.lastIndexOf("\n", end - 1) + 1));
      };
      const late = `nft did not exit within ${Math.round(limit / 1000)} s and was killed`;
      const timer = setTimeout(() => fail(late, undefined, true), limit);
      this.#onEnd = { nft, fail };
      nft.stderr.on("data", read);
      nft.stdin.write(`${line}\n${mark}\n`);
    });
  }
}

/** nft keeps its history, and each line takes a little longer than the one before. */
const mostLines = 500;
const mostCharacters = 1_000_000;

/** How long an nft that was killed inside the kernel may take to exit. */
const endMs = 2000;

type Nft = ResultPromise<typeof options>;

const options = {
  buffer: false,
  reject: false,
  stdin: "pipe",
  stdout: "ignore",
  stderr: "pipe",
  // Without a home it keeps no history.
  env: { HOME: "/dev/null" },
} as const;

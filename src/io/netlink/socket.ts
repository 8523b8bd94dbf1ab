import { type ChildProcessByStdio, spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { answerReader, type End, type Message } from "../../netlink/message.ts";

/** A netlink socket of the netfilter of this network namespace: a socat, as Node has none. */
export class NetlinkSocket {
  readonly #socat: ChildProcessByStdio<Writable, Readable, null>;
  /** Rejects when socat has ended. */
  readonly ended: Promise<never>;

  constructor() {
    const args = ["-b", String(longestDatagram), "-", netfilterSocket];
    const socat = spawn("socat", args, { env: process.env, stdio: ["pipe", "pipe", "ignore"] });
    this.#socat = socat;
    this.ended = new Promise((_, reject) => {
      socat.once("error", (error) => {
        const isMissing = "code" in error && error.code === "ENOENT";
        reject(isMissing ? new Error("socat is not in PATH; install the package socat") : error);
      });
      socat.once("close", (code, signal) => reject(new Error(`socat ended with ${signal ?? code}`)));
    });
    this.ended.catch(() => undefined);
    // The promise reports that it has ended.
    socat.stdin.on("error", () => undefined);
  }

  /** Sends requests, and passes on the messages of their answers. Returns how each of the expected answers ended. */
  exchange(request: Uint8Array, answers: number, onMessage: (message: Message) => void): Promise<readonly End[]> {
    const { stdin, stdout } = this.#socat;
    let stop = () => {};
    const answered = new Promise<readonly End[]>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the kernel does not answer")), patience);
      const ends: End[] = [];
      const read = answerReader(onMessage, (end) => {
        if (ends.push(end) === answers) resolve(ends);
      });
      const take = (bytes: Uint8Array) => {
        timer.refresh();
        try {
          read(bytes);
        } catch (error) {
          reject(error);
        }
      };
      stop = () => {
        clearTimeout(timer);
        stdout.off("data", take);
      };
      stdout.on("data", take);
      stdin.write(request);
    });
    return Promise.race([answered, this.ended]).finally(stop);
  }

  kill(): void {
    this.#socat.kill();
  }

  /** Whether it keeps this process from ending. */
  hold(isHeld: boolean): void {
    const { stdin, stdout } = this.#socat;
    const change = isHeld ? "ref" : "unref";
    this.#socat[change]();
    for (const stream of [stdin, stdout]) if (stream instanceof Socket) stream[change]();
  }
}

/** From one part of an answer to the next. */
const patience = 10_000;

/** The kernel sends at most 32 KiB at once. */
const longestDatagram = 65536;

/** AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, and the address of the kernel. */
const netfilterSocket = "SOCKET-DATAGRAM:16:3:12:x0000x00000000x00000000";

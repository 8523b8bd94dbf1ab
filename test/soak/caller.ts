import { createConnection, createServer } from "node:net";
import { listening } from "../support/http.ts";
import type { Outcome } from "./expected.ts";

/** The address that connections come from: the node's own, as its Node object has it. */
export const nodeIP = "192.0.2.10";

/** Listens at port 8080 of all addresses; answers each connection with the address that it came to. */
export async function startPods(): Promise<void> {
  const server = createServer((socket) => {
    // The caller resets the connection when it has the answer.
    socket.on("error", () => undefined);
    socket.end(socket.localAddress ?? "");
  });
  await listening(server, 8080, "0.0.0.0");
}

/** What came of a connection, and whether that took so long that a packet must have been lost and sent again. */
export type Called = { readonly outcome: Outcome; readonly isResent: boolean };

/** Makes TCP connections, and tells what came of them. */
export class Caller {
  readonly #waiting = new Map<(outcome: Outcome) => void, number>();
  #ticks = 0;
  #port = firstPort;

  constructor() {
    // Time is counted in turns of the event loop: where this process had to wait, no connection is to blame.
    setInterval(() => this.#tick(), tickMs);
  }

  /** What comes of a connection within some time, to the precision of 50 ms. */
  call(address: string, port: number, patienceMs: number): Promise<Called> {
    // Each has a port of its own, until all are used up: to the kernel, a port that was used a minute ago may still
    // belong to a connection that failed while there were no rules, and goes on failing.
    this.#port = this.#port === lastPort ? firstPort : this.#port + 1;
    const socket = createConnection({ host: address, port, localAddress: nodeIP, localPort: this.#port });
    return new Promise((resolve) => {
      const began = this.#ticks;
      const end = (outcome: Outcome) => {
        this.#waiting.delete(end);
        socket.resetAndDestroy();
        resolve({ outcome, isResent: this.#ticks - began > resentMs / tickMs });
      };
      this.#waiting.set(end, this.#ticks + patienceMs / tickMs);
      socket.once("data", (data) => end({ kind: "answered", by: data.toString() }));
      socket.once("end", () => end({ kind: "failed", message: "closed without an answer" }));
      socket.on("error", ({ code, message }: NodeJS.ErrnoException) =>
        end(code === "ECONNREFUSED" ? { kind: "refused" } : { kind: "failed", message }),
      );
    });
  }

  #tick(): void {
    this.#ticks += 1;
    for (const [end, until] of [...this.#waiting]) if (this.#ticks > until) end({ kind: "dropped" });
  }
}

const tickMs = 50;
/** Linux sends the first packet of a connection again after a second. */
const resentMs = 900;
/** Above the ports that the agent listens at. */
const firstPort = 16_000;
const lastPort = 65_000;

import { connect, type Socket } from "node:net";
import type { Outcome } from "../messages.ts";
import type { Sighting } from "../packet/sighting.ts";
import { answered, type Call, codeOf, unanswered, within } from "./call.ts";

/** A TCP connection to a server that says one line at once, and one more whenever it is sent something. */
export class Connection {
  readonly #call: Call;
  readonly #socket: Socket;
  readonly #connected = Promise.withResolvers<string>();
  #line = Promise.withResolvers<string>();

  constructor(call: Call) {
    this.#call = call;
    this.#socket = connect({
      host: call.to,
      port: call.port,
      localAddress: call.source,
      localPort: call.sourcePort,
    });
    this.#socket.setEncoding("utf8");
    this.#socket.once("connect", () => this.#connected.resolve("connected"));
    this.#socket.on("error", (error) => {
      this.#connected.resolve(codeOf(error));
      this.#line.resolve(codeOf(error));
    });
    let said = "";
    this.#socket.on("data", (text) => {
      said += text;
      if (said.endsWith("\n")) {
        this.#line.resolve(said);
        said = "";
      }
    });
  }

  /** What came of connecting and waiting for the first answer. `sighted` tells a reset from an ICMP error. */
  async outcome(sighted: Promise<Sighting>): Promise<Outcome> {
    const event = await within(this.#connected.promise, this.#call.patience);
    switch (event) {
      case undefined:
        return { kind: "dropped" };
      case "connected":
        return this.#answer(Math.max(this.#call.patience, patienceWithTheSure));
      case "ECONNREFUSED": {
        const cause = await within(sighted, patienceWithTheSure);
        return cause ? unanswered(cause) : { kind: "failed", code: event };
      }
      default:
        return { kind: "failed", code: event };
    }
  }

  /** Asks once more on the same connection. */
  again(patience: number): Promise<Outcome> {
    this.#line = Promise.withResolvers<string>();
    this.#socket.write("?");
    return this.#answer(patience);
  }

  /** A reset leaves no TIME-WAIT behind, but Node would wait with it for a connection that is not made yet. */
  hangUp(): void {
    if (this.#socket.connecting) {
      this.#socket.destroy();
    } else {
      this.#socket.resetAndDestroy();
    }
  }

  async #answer(patience: number): Promise<Outcome> {
    const line = await within(this.#line.promise, patience);
    if (line === undefined) {
      return { kind: "dropped" };
    }
    return line.startsWith("{") ? answered(this.#call, line) : { kind: "failed", code: line };
  }
}

/** Milliseconds. What is on its way comes, however busy the machine is. */
const patienceWithTheSure = 5000;

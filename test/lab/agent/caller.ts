import type { Again, Attempt, Bulk, Open, Outcome } from "../messages.ts";
import { bulk } from "./bulk.ts";
import type { Call } from "./call.ts";
import type { RawSockets } from "./raw.ts";
import { callSctp, ping } from "./raw-calls.ts";
import { Connection } from "./tcp.ts";
import { callUdp, sourceTowards } from "./udp.ts";
import type { Watch } from "./watch.ts";

/** Makes attempts. Every one gets its own source port, so that conntrack sees a new connection. */
export class Caller {
  readonly #raw: RawSockets;
  readonly #watch: Watch;
  readonly #open = new Map<number, Connection>();
  #nextPort = firstPort;

  constructor(raw: RawSockets, watch: Watch) {
    this.#raw = raw;
    this.#watch = watch;
  }

  async attempt(attempt: Attempt): Promise<Outcome> {
    const call = await this.#prepare(attempt);
    return call ? this.#call(call) : noRoute;
  }

  async bulk({ attempt, bytes }: Bulk): Promise<string> {
    const call = await this.#prepare(attempt);
    return call ? bulk(call, bytes) : noRoute.code;
  }

  /** Makes a TCP connection and keeps it for `again`, until `hangUp`. */
  async open({ connection, attempt }: Open): Promise<Outcome> {
    const call = await this.#prepare(attempt);
    if (!call) {
      return noRoute;
    }
    const opened = new Connection(call);
    this.#open.set(connection, opened);
    return this.#watch.during("tcp", call.sourcePort, (sighted) => opened.outcome(sighted));
  }

  async again({ connection, patience }: Again): Promise<Outcome> {
    return (await this.#open.get(connection)?.again(patience)) ?? { kind: "failed", code: "not open" };
  }

  async hangUp(connection: number): Promise<void> {
    this.#open.get(connection)?.hangUp();
    this.#open.delete(connection);
  }

  async #prepare(attempt: Attempt): Promise<Call | undefined> {
    const source = attempt.source ?? (await sourceTowards(attempt.to));
    return source === undefined
      ? undefined
      : { ...attempt, source, sourcePort: attempt.sourcePort ?? this.#takePort() };
  }

  #call(call: Call): Promise<Outcome> {
    switch (call.protocol) {
      case "tcp": {
        const connection = new Connection(call);
        return this.#watch
          .during("tcp", call.sourcePort, (sighted) => connection.outcome(sighted))
          .finally(() => connection.hangUp());
      }
      case "udp":
        return callUdp(call);
      case "sctp":
        return this.#watch.during("sctp", call.sourcePort, (sighted) => callSctp(call, this.#raw, sighted));
      case "icmp":
        return this.#watch.during("icmp", call.sourcePort, (sighted) => ping(call, this.#raw, sighted));
    }
  }

  #takePort(): number {
    const port = this.#nextPort;
    this.#nextPort = port === lastPort ? firstPort : port + 1;
    return port;
  }
}

const noRoute = { kind: "failed", code: "ENETUNREACH" } as const;

/** Above all ports that anybody in the world listens on, NodePorts included. */
const firstPort = 33000;
const lastPort = 65000;

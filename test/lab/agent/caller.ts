import type { Attempt, Outcome } from "../messages.ts";
import type { Call } from "./call.ts";
import { callSctp, ping } from "./raw-calls.ts";
import { callTcp } from "./tcp.ts";
import { callUdp, sourceTowards } from "./udp.ts";
import type { Watch } from "./watch.ts";

/** Makes attempts. Every one gets its own source port, so that conntrack sees a new connection. */
export class Caller {
  readonly #watch: Watch;
  #nextPort = firstPort;

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  async attempt(attempt: Attempt): Promise<Outcome> {
    const source = attempt.source ?? (await sourceTowards(attempt.to));
    return source === undefined
      ? { kind: "failed", code: "ENETUNREACH" }
      : this.#call({ ...attempt, source, sourcePort: attempt.sourcePort ?? this.#takePort() });
  }

  #call(call: Call): Promise<Outcome> {
    switch (call.protocol) {
      case "tcp":
        return this.#watch.during("tcp", call.sourcePort, (sighted) => callTcp(call, sighted));
      case "udp":
        return callUdp(call);
      case "sctp":
        return this.#watch.during("sctp", call.sourcePort, (sighted) => callSctp(call, sighted));
      case "icmp":
        return this.#watch.during("icmp", call.sourcePort, (sighted) => ping(call, sighted));
    }
  }

  #takePort(): number {
    const port = this.#nextPort;
    this.#nextPort = port === lastPort ? firstPort : port + 1;
    return port;
  }
}

/** Above all ports that anybody in the world listens on, NodePorts included. */
const firstPort = 33000;
const lastPort = 65000;

import type { Connection } from "./connection.ts";
import { KubeError } from "./error.ts";
import type { ReflectorClock } from "./pace.ts";
import { send, shortBody } from "./request.ts";
import type { ReadinessReport } from "./sink.ts";

/**
 * Whether the API server is reachable. While any watch fails, one request decides for all of them: `/readyz`, which costs
 * a server almost nothing, over a connection that is kept open.
 */
export class Readiness {
  readonly #connection: Connection;
  readonly #clock: ReflectorClock;
  readonly #onReport: (report: ReadinessReport) => void;
  #asking: Promise<boolean> | undefined;

  constructor(connection: Connection, clock: ReflectorClock, onReport: (report: ReadinessReport) => void) {
    this.#connection = connection;
    this.#clock = clock;
    this.#onReport = onReport;
  }

  /**
   * Resolves when the server has answered a request, or the signal is aborted. The result is whether it was away, that is,
   * whether the first request had no answer. All that wait continue together.
   */
  wait(signal: AbortSignal): Promise<boolean> {
    this.#asking ??= this.#ask(signal).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(signal: AbortSignal): Promise<boolean> {
    const clock = this.#clock;
    const began = clock.now();
    let wasAway = false;
    // The connections of many nodes may have ended at the same time.
    await clock.sleep(clock.random() * firstMs, signal);
    while (!signal.aborted) {
      const asked = clock.now();
      const period = periodMs(asked - began);
      if (await this.#answers(2 * period, signal)) break;
      wasAway = true;
      await clock.sleep(Math.max(0, asked + period * (1 - clock.random() / 4) - clock.now()), signal);
    }
    if (wasAway) this.#onReport({ kind: "ready" });
    return wasAway;
  }

  /** A server that refuses us is reachable: whether we may do a thing is found by doing it. */
  async #answers(headersMs: number, signal: AbortSignal): Promise<boolean> {
    try {
      const request = { verb: "get", resource: "readyz", path: "/readyz" } as const;
      const response = await send(this.#connection, request, { signal, headersMs });
      // Frees the connection for the next request.
      void shortBody(response);
      return true;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      const { status } = error;
      if (status !== undefined && status < 500 && status !== 429) return true;
      if (!signal.aborted) this.#onReport({ kind: "failed", error });
      return false;
    }
  }
}

const firstMs = 500;

/** A second during the first minute, then longer the longer the server is away, up to 5 s. */
function periodMs(awayMs: number): number {
  return Math.min(5_000, Math.max(1_000, awayMs / 60));
}

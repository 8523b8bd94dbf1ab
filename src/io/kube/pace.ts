import type { Backoff } from "../../daemon/backoff.ts";
import type { Clock } from "../../daemon/coalescer.ts";
import { systemClock as hostClock, systemRandom } from "../host/clock.ts";
import { defaultSilenceMs } from "./list.ts";

/** How a reflector asks, how long it waits, and when it retries. */
export type ReflectorSettings = {
  /** The number of objects to ask for at a time. */
  readonly pageSize: number;
  /**
   * A watch lasts between this long and twice as long, at random, so that the watches of many nodes do not end together.
   */
  readonly timeoutSeconds: number;
  /** How much longer a watch may last before its connection is closed. */
  readonly marginMs: number;
  /** How long the server may be silent when it owes an answer. */
  readonly silenceMs: number;
  /** The maximum random delay before a list that is not the first: many nodes may need one at once. */
  readonly spreadMs: number;
  /** The delays after the second failure in a row, and after further ones, while the server is reachable. */
  readonly backoff: Backoff;
  /** The delay before asking again for an optional resource that the server does not have. */
  readonly absentMs: number;
};

export const defaultReflectorSettings: ReflectorSettings = {
  pageSize: 500,
  timeoutSeconds: 300,
  marginMs: 10_000,
  silenceMs: defaultSilenceMs,
  spreadMs: 1_000,
  backoff: { first: 500, longest: 30_000 },
  absentMs: 300_000,
};

/** Time and randomness. */
export type ReflectorClock = Clock & {
  /** From 0 up to 1. */
  readonly random: () => number;
};

export const systemClock: ReflectorClock = { ...hostClock, random: systemRandom };

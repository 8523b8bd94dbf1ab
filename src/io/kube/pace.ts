import { systemClock as hostClock } from "../host/clock.ts";
import { defaultSilenceMs } from "./list.ts";

/** How a reflector asks, how long it waits, and when it asks again. */
export type ReflectorSettings = {
  /** How many objects are asked for at a time. */
  readonly pageSize: number;
  /** A watch lasts from this long to twice as long, at random, so that the watches of many nodes do not end together. */
  readonly timeoutSeconds: number;
  /** How much longer than that a watch may last before the connection is given up. */
  readonly marginMs: number;
  /** How long the server may be silent while it should answer. */
  readonly silenceMs: number;
  /** A list that is not the first begins within this time, at random: many nodes may need one at once. */
  readonly spreadMs: number;
  /** The bounds of the pause after a second failure in a row, at a server that is there; each further one doubles it. */
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** The pause before an optional resource that is absent is looked for again. */
  readonly absentMs: number;
};

export const defaultReflectorSettings: ReflectorSettings = {
  pageSize: 500,
  timeoutSeconds: 300,
  marginMs: 10_000,
  silenceMs: defaultSilenceMs,
  spreadMs: 1_000,
  minBackoffMs: 500,
  maxBackoffMs: 30_000,
  absentMs: 300_000,
};

/** Time and chance. */
export type ReflectorClock = {
  /** In ms. */
  readonly now: () => number;
  /** Resolves when the time is over or the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
};

export const systemClock: ReflectorClock = {
  now: () => performance.now(),
  sleep: (ms, signal) => hostClock.sleep(ms, signal),
  random: Math.random,
};

/** A pause before the next try: full jitter up to a bound that doubles with each failure in a row. */
export function backoffMs(failures: number, { minBackoffMs, maxBackoffMs }: ReflectorSettings, random: number): number {
  return Math.round(random * Math.min(maxBackoffMs, minBackoffMs * 2 ** (failures - 1)));
}

import type { Backoff } from "../../daemon/backoff.ts";
import type { Clock } from "../../daemon/coalescer.ts";
import { systemClock as hostClock, systemRandom } from "../host/clock.ts";
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
  /** The pauses after a second failure in a row, and further ones, at a server that is there. */
  readonly backoff: Backoff;
  /** The pause before an optional resource that is absent is looked for again. */
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

/** Time and chance. */
export type ReflectorClock = Clock & {
  /** From 0 up to 1. */
  readonly random: () => number;
};

export const systemClock: ReflectorClock = { ...hostClock, random: systemRandom };

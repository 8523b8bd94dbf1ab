import type { Size } from "./synthetic.ts";

/** Repeated measurements of one thing, in one unit. */
export type Figure = {
  readonly name: string;
  /** Which one it is of several that are compared. */
  readonly variant?: string;
  readonly unit: Unit;
  /** None where it was not measured. */
  readonly values: readonly number[];
  /** It was stopped when it had taken so long; then there are no values. */
  readonly stoppedAt?: number;
};

/** Measures some things at one size, and tells what it is about to do. */
export type Measure = (size: Size, runs: number, tell: (step: string) => void) => Promise<readonly Figure[]>;

export type Unit = "ms" | "µs" | "MB" | "count" | "/s" | "Gbit/s";

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs something once to warm up, then some times over; returns how long each took, in ms. */
export async function time(runs: number, body: () => unknown): Promise<readonly number[]> {
  await body();
  const values: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await body();
    values.push(performance.now() - start);
  }
  return values;
}

/**
 * Measures some things in turn, over and over, so that what else the machine does touches all of them alike.
 *
 * The first result of each is a warm-up, unless it took more than 5 s: then it counts, and what has taken 20 s in all is
 * left out of further rounds. A result of undefined ends the measuring of that thing.
 */
export async function inTurn<T, R>(
  things: readonly T[],
  runs: number,
  measure: (thing: T) => Promise<R | undefined>,
): Promise<ReadonlyMap<T, readonly R[]>> {
  const results = new Map<T, R[]>(things.map((thing) => [thing, []]));
  const spent = new Map<T, number>();
  const isOver = new Set<T>();
  for (let run = 0; run <= runs; run++) {
    for (const thing of things) {
      if (isOver.has(thing)) continue;
      const start = performance.now();
      const result = await measure(thing);
      const took = performance.now() - start;
      spent.set(thing, (spent.get(thing) ?? 0) + took);
      const counted = results.get(thing) ?? [];
      if (result !== undefined && (run > 0 || took > 5000)) counted.push(result);
      if (result === undefined || (counted.length > 0 && (spent.get(thing) ?? 0) > 20_000)) isOver.add(thing);
    }
  }
  return results;
}

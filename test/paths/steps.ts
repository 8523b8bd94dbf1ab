/**
 * A closed walk over 0 .. n-1 that makes every step from one number to any other, and from each to itself, once: the
 * shortest de Bruijn sequence of order 2.
 */
export function everyStep(n: number): readonly number[] {
  const numbers = Array.from({ length: n }, (_, index) => index);
  const walk = numbers.flatMap((i) => [i, ...numbers.slice(i + 1).flatMap((j) => [i, j])]);
  return [...walk, ...walk.slice(0, 1)];
}

/** A walk of so many random steps, the same for the same seed (xorshift32). */
export function someSteps(n: number, count: number, seed: number): readonly number[] {
  const walk: number[] = [];
  for (let random = seed; walk.length <= count; ) {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    walk.push((random >>> 0) % n);
  }
  return walk;
}

/** One of several parts of a walk, which begins where the part before it ends. */
export function partOf(walk: readonly number[], part: number, parts: number): readonly number[] {
  const start = (index: number) => Math.floor(((walk.length - 1) * index) / parts);
  return walk.slice(start(part), start(part + 1) + 1);
}

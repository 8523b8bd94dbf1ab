/** The bounds of the pauses between tries that fail, in milliseconds. */
export type Backoff = { readonly first: number; readonly longest: number };

/** Between tries to change what is in the kernel. */
export const kernelBackoff: Backoff = { first: 100, longest: 30_000 };

/**
 * The milliseconds to wait after a number of failures in a row: twice as long each time, less up to a half, so that
 * those that failed together do not try again together.
 *
 * @param random from 0 up to 1
 */
export function backoff(failures: number, { first, longest }: Backoff, random: () => number): number {
  return Math.round(Math.min(longest, first * 2 ** Math.min(failures - 1, 30)) * (0.5 + random() / 2));
}

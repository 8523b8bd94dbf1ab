/** The bounds of the delays between failing attempts, in milliseconds. */
export type Backoff = { readonly first: number; readonly longest: number };

/** Between attempts to change the kernel. */
export const kernelBackoff: Backoff = { first: 100, longest: 30_000 };

/**
 * The milliseconds to wait after a number of consecutive failures: twice as long each time, less up to a half, so that
 * what failed at the same time is not retried at the same time.
 *
 * @param random from 0 up to 1
 */
export function backoff(failures: number, { first, longest }: Backoff, random: () => number): number {
  return Math.round(Math.min(longest, first * 2 ** Math.min(failures - 1, 30)) * (0.5 + random() / 2));
}

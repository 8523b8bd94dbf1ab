import { textOf } from "./text-of.ts";

/**
 * How many connections this network namespace tracks, and the maximum; undefined if the kernel does not say.
 *
 * @param root where /proc is
 */
export function conntrackFill(root = ""): { readonly count: number; readonly max: number } | undefined {
  const valueOf = (name: string) => Number(textOf(`${root}/proc/sys/net/netfilter/nf_conntrack_${name}`));
  const [count, max] = [valueOf("count"), valueOf("max")];
  return Number.isNaN(count) || Number.isNaN(max) ? undefined : { count, max };
}

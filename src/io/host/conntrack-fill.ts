import { readFileSync } from "node:fs";

/** How many connections this network namespace tracks, and how many it may; undefined where the kernel does not say. */
export function conntrackFill(): { readonly count: number; readonly max: number } | undefined {
  try {
    return { count: valueOf("count"), max: valueOf("max") };
  } catch {
    return undefined;
  }
}

function valueOf(name: string): number {
  return Number(readFileSync(`/proc/sys/net/netfilter/nf_conntrack_${name}`, "latin1"));
}

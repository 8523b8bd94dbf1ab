import { existsSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { setTimeout } from "node:timers/promises";
import { type Address, address, type Family, families } from "../model/address.ts";

/** The name of this machine as kube-proxy takes it for that of its Node. */
export function hostName(): string {
  return hostname().trim().toLowerCase();
}

/** The families that the kernel supports: IPv4, and IPv6 where it is built in. */
export function hostFamilies(): readonly Family[] {
  return families.filter((family) => family === "ip" || existsSync("/proc/net/if_inet6"));
}

/** The addresses on the interfaces of this network namespace. */
export function hostAddresses(): readonly Address[] {
  return Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).flatMap((entry) => address(entry.address) ?? []),
  );
}

/**
 * Calls back whenever the addresses have changed, until the signal is aborted. It looks each second, which takes 0.1 ms
 * of processor time; there is no notification that Node can receive.
 */
export async function watchAddresses(onChange: () => void, signal: AbortSignal): Promise<void> {
  let known = [...hostAddresses()].sort().join();
  while (!signal.aborted) {
    await setTimeout(1000, undefined, { signal }).catch(() => undefined);
    const current = [...hostAddresses()].sort().join();
    if (current !== known && !signal.aborted) onChange();
    known = current;
  }
}

/** Whether a person reads standard error. */
export function isTerminal(): boolean {
  return process.stderr.isTTY;
}

/**
 * Aborted when this process is told to stop. It then has 4.5 s: a transaction under way may finish, but one that hangs
 * may not keep the next process waiting.
 */
export function untilStopped(onSignal: (signal: string) => void): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) onSignal(signal);
      stop.abort();
      setTimeout(4500, undefined, { ref: false }).then(() => process.exit(1));
    });
  }
  return stop.signal;
}

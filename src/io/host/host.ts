import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { oldestKernel, versionProblem } from "../../daemon/host-requirements.ts";
import type { Family } from "../../model/address.ts";

/**
 * What is wrong with the kernel's version, in words; undefined if nothing. kube-proxy's environment variable switches
 * the check off, for kernels with backports.
 */
export function kernelVersionProblem(): string | undefined {
  if (process.env["KUBE_PROXY_NFTABLES_SKIP_KERNEL_VERSION_CHECK"]) return undefined;
  return versionProblem("the kernel", release(), oldestKernel);
}

/** `uname -r` */
export function kernelRelease(): string {
  return release();
}

/** The families of this host: IPv4 always, IPv6 unless the kernel has none or it is switched off. */
export function hostFamilies(): readonly Family[] {
  const isOff = existsSync(disableIPv6) && readFileSync(disableIPv6, "latin1").trim() === "1";
  return existsSync("/proc/net/if_inet6") && !isOff ? ["ip", "ip6"] : ["ip"];
}

const disableIPv6 = "/proc/sys/net/ipv6/conf/all/disable_ipv6";

/** How many files, sockets among them, this process may have open at the same time. */
export function mostOpenFiles(): number {
  const [, most = ""] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
  return Number(most) || Number.POSITIVE_INFINITY;
}

/** From -1000, never killed where memory runs out, to 1000, killed first. Throws where this process may not. */
export function setOOMScoreAdj(value: number): void {
  const file = "/proc/self/oom_score_adj";
  if (readFileSync(file, "latin1").trim() !== String(value)) writeFileSync(file, String(value));
}

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { oldestKernel, versionProblem } from "../../daemon/host-requirements.ts";
import type { Family } from "../../model/address.ts";

/**
 * What is wrong with the kernel's version, in words; undefined if nothing. kube-proxy's environment variable disables the
 * check, for kernels with backports.
 */
export function kernelVersionProblem(): string | undefined {
  if (process.env["KUBE_PROXY_NFTABLES_SKIP_KERNEL_VERSION_CHECK"]) return undefined;
  return versionProblem("the kernel", release(), oldestKernel);
}

/** `uname -r` */
export function kernelRelease(): string {
  return release();
}

/** The families of this host: always IPv4, and IPv6 unless the kernel lacks it or it is disabled. */
export function hostFamilies(): readonly Family[] {
  const isOff = existsSync(disableIPv6) && readFileSync(disableIPv6, "latin1").trim() === "1";
  return existsSync("/proc/net/if_inet6") && !isOff ? ["ip", "ip6"] : ["ip"];
}

const disableIPv6 = "/proc/sys/net/ipv6/conf/all/disable_ipv6";

/** How many files and sockets this process may have open at the same time. */
export function mostOpenFiles(): number {
  const [, most = ""] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
  return Number(most) || Number.POSITIVE_INFINITY;
}

/** From -1000, never killed when memory runs out, to 1000, killed first. Throws if this process may not set it. */
export function setOOMScoreAdj(value: number): void {
  const file = "/proc/self/oom_score_adj";
  if (readFileSync(file, "latin1").trim() !== String(value)) writeFileSync(file, String(value));
}

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** An nft program, and how test titles call it. */
export interface Nft {
  readonly name: string;
  readonly path: string;
}

const debian13 = fileURLToPath(new URL("../../.cache/debian-13/nft", import.meta.url));

/** The programs that every ruleset must load with: the machine's, and Debian 13's where `test/setup.sh` has fetched it. */
export const nfts: readonly Nft[] = [
  { name: "nft", path: "nft" },
  ...(existsSync(debian13) ? [{ name: "Debian 13's nft", path: debian13 }] : []),
];

/** nft before 1.0.7 aborts on a rule that remembers IPv6 clients. */
export function remembersIPv6Clients(nft: string): boolean {
  const { stdout } = spawnSync(nft, ["--version"], { encoding: "utf8" });
  const [major = 0, minor = 0, patch = 0] = (/\d+\.\d+\.\d+/.exec(stdout ?? "")?.[0] ?? "").split(".").map(Number);
  return major > 1 || (major === 1 && (minor > 0 || patch >= 7));
}

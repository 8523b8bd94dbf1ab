import { execa } from "execa";
import { oldestNft, versionProblem } from "../../daemon/host-requirements.ts";
import type { Family } from "../../model/address.ts";

/**
 * What this host lacks for our tables, in words: nft, a version of it, the right to use it, modules of the kernel, and
 * socat. Empty where nothing is missing. It changes nothing, but lets the kernel load its modules.
 */
export async function nftProblems(families: readonly Family[]): Promise<readonly string[]> {
  const version = await execa("nft", ["--version"], { reject: false, stdin: "ignore", timeout: 10_000 });
  if (version.code === "ENOENT") return ["nft is not in PATH; install the package nftables, version 1.0.6 or newer"];
  if (version.timedOut) return ["nft --version does not end"];
  const old = versionProblem("nft", version.stdout ?? "", oldestNft);
  if (old !== undefined) return [old];
  const problems = await Promise.all([socatProblems(), ...families.map(kernelProblems)]);
  return [...new Set(problems.flat())];
}

/** It carries what Node cannot send to the kernel and hear from it: netlink messages. */
async function socatProblems(): Promise<readonly string[]> {
  const { code } = await execa("socat", ["-V"], { reject: false, stdin: "ignore", timeout: 10_000 });
  return code === "ENOENT" ? ["socat is not in PATH; install the package socat"] : [];
}

/** All at once, and one by one only where that fails: each transaction that fails may slow down those after it. */
async function kernelProblems(family: Family): Promise<readonly string[]> {
  const all = await complaint(family, features);
  if (all === undefined) return [];
  if (all.includes("Operation not permitted")) return ["nft may not do this: it needs CAP_NET_ADMIN; run it as root"];
  const bare = await complaint(family, []);
  if (bare !== undefined) return [`the kernel has no nf_tables for ${family}: ${bare}`];
  const missing: string[] = [];
  for (const feature of features) {
    const words = await complaint(family, [feature]);
    if (words !== undefined) missing.push(`the kernel lacks ${feature.module}: ${words}`);
  }
  return missing.length > 0 ? missing : [all];
}

type Feature = {
  readonly module: string;
  readonly type: "nat" | "filter";
  readonly hook: string;
  readonly rule: string;
};

/** What our rules need of the kernel besides nf_tables itself. */
const features: readonly Feature[] = [
  { module: "nft_ct", type: "filter", hook: "prerouting", rule: "ct state new" },
  { module: "nft_fib", type: "filter", hook: "prerouting", rule: "fib daddr type local" },
  { module: "nft_numgen", type: "filter", hook: "prerouting", rule: "numgen random mod 2 0" },
  { module: "nft_reject", type: "filter", hook: "input", rule: "reject" },
  { module: "nft_chain_nat and nft_nat", type: "nat", hook: "prerouting", rule: "meta l4proto tcp dnat to :1" },
  { module: "nft_masq", type: "nat", hook: "postrouting", rule: "masquerade fully-random" },
];

/** What nft says first about a table with these features; undefined if nothing. Nothing is loaded. */
async function complaint(family: Family, wanted: readonly Feature[]): Promise<string | undefined> {
  const chains = wanted.map(
    ({ type, hook, rule }, index) => `chain c${index} { type ${type} hook ${hook} priority 0;\n${rule}\n}\n`,
  );
  const input = `table ${family} kube-nft-probe {\n${chains.join("")}}\n`;
  const { failed, stderr } = await execa("nft", ["-c", "-f", "-"], { input, reject: false, timeout: 10_000 });
  return failed ? (String(stderr).trim().split("\n")[0] ?? "") : undefined;
}

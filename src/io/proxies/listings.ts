import { ExecaError, execa } from "execa";

/** Listings of other proxies' rules in this kernel by several programs; a missing or failing program has no output. */
export type Listings = {
  readonly texts: readonly string[];
  /** `ip`'s output about the addresses of the interface kube-ipvs0; undefined if there is none. */
  readonly ipvsInterface: string | undefined;
  /** The programs that are not installed. */
  readonly missing: readonly string[];
};

type Command = readonly [program: string, ...args: string[]];

/** From each line the first program that is installed runs: each variant of iptables shows only rules that were loaded with it. */
const commands: readonly (readonly Command[])[] = [
  [["iptables-nft-save"], ["iptables-save"]],
  [["iptables-legacy-save"]],
  [["ip6tables-nft-save"], ["ip6tables-save"]],
  [["ip6tables-legacy-save"]],
  [["nft", "-j", "list", "table", "ip", "kube-proxy"]],
  [["nft", "-j", "list", "table", "ip6", "kube-proxy"]],
  [["ipvsadm-save", "-n"]],
];

export async function readListings(): Promise<Listings> {
  const missing: string[] = [];
  const texts: string[] = [];
  for (const variants of commands) {
    for (const command of variants) {
      const text = await output(command);
      if (text !== undefined) {
        if (text.trim() !== "") texts.push(text);
        break;
      }
      missing.push(command[0]);
    }
  }
  return {
    texts,
    ipvsInterface: (await output(["ip", "-o", "address", "show", "dev", "kube-ipvs0"])) || undefined,
    missing,
  };
}

/** Empty if it fails, undefined if there is no such program. */
async function output([program, ...args]: Command): Promise<string | undefined> {
  try {
    return (await execa(program, args, { timeout: 60_000, maxBuffer: 1 << 30 })).stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    return error.code === "ENOENT" ? undefined : "";
  }
}

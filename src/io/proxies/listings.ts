import { ExecaError, execa } from "execa";

/** Listings of other proxies' rules in this kernel by several programs; a missing or failing program has no output. */
export type Listings = {
  readonly texts: readonly string[];
  /** `ip`'s output about the addresses of the interface kube-ipvs0; undefined if there is none. */
  readonly ipvsInterface: string | undefined;
  /** The programs that are not installed. */
  readonly missing: readonly string[];
};

/** There may be two variants of iptables: each shows only rules that were loaded with it. */
const commands: readonly (readonly [program: string, ...args: string[]])[] = [
  ["iptables-save"],
  ["ip6tables-save"],
  ["iptables-legacy-save"],
  ["ip6tables-legacy-save"],
  ["nft", "-j", "list", "table", "ip", "kube-proxy"],
  ["nft", "-j", "list", "table", "ip6", "kube-proxy"],
  ["ipvsadm-save", "-n"],
];

export async function readListings(): Promise<Listings> {
  const missing: string[] = [];
  const texts: string[] = [];
  for (const command of commands) {
    const text = await output(command, missing);
    if (text !== undefined && text.trim() !== "") texts.push(text);
  }
  return { texts, ipvsInterface: await output(["ip", "-o", "address", "show", "dev", "kube-ipvs0"], missing), missing };
}

async function output([program, ...args]: (typeof commands)[number], missing: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await execa(program, args, { timeout: 60_000, maxBuffer: 1 << 30 });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === "ENOENT") missing.push(program);
    return undefined;
  }
}

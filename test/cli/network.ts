import { spawn } from "node:child_process";
import { once } from "node:events";
import { kubeNFT, type Ran, run, type Surroundings } from "./program.ts";

/** A network namespace of its own, without addresses, in which programs run with one nft. */
export type Network = {
  kubeNFT(args: readonly string[], surroundings?: Surroundings): Promise<Ran>;
  /** Carries out nft commands, which must succeed; resolves with what nft prints. */
  nft(...commands: readonly string[]): Promise<string>;
  /** The names of the tables that there are, in order. */
  tables(): Promise<readonly string[]>;
};

/** Gives a new network namespace to `use`. It is gone afterwards, however that ends. */
export async function inNetwork(nft: string, use: (network: Network) => Promise<void>): Promise<void> {
  const holder = spawn("unshare", ["-n", "sh", "-c", "echo; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(holder.stdout, "data");
    const through = ["nsenter", `--net=/proc/${holder.pid}/ns/net`];
    const listing = async (...commands: readonly string[]) => {
      const { stdout, stderr, exitCode } = await run([nft, commands.join("; ")], { through });
      if (exitCode !== 0) throw new Error(`${stderr}\n${commands.join("\n")}`);
      return stdout;
    };
    await use({
      kubeNFT: (args, surroundings = {}) =>
        kubeNFT(args, { nft, ...surroundings, through: [...through, ...(surroundings.through ?? [])] }),
      nft: listing,
      tables: async () =>
        [...(await listing("list tables")).matchAll(/^table (.*)$/gm)].map(([, name = ""]) => name).sort(),
    });
  } finally {
    holder.stdin.end();
  }
}

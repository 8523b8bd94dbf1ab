import type { Command } from "commander";
import { refuseBesideAgent } from "./beside-agent.ts";
import { examples, write } from "./output.ts";

export function cleanup(command: Command): void {
  command
    .description(
      "Delete the tables kube-nft. No connection is translated any more; without other NAT rules, established ones stop too.",
    )
    .option("--kube-proxy", "delete the tables that kube-proxy's nftables mode left, too", false)
    .option("--force", "do it although an agent runs here, which will undo it", false)
    .action(async ({ kubeProxy, force }: { readonly kubeProxy: boolean; readonly force: boolean }) => {
      if (!force) await refuseBesideAgent();
      const { deleteTables } = await import("../io/nft/nft.ts");
      for (const table of kubeProxy ? ["kube-nft", "kube-proxy"] : ["kube-nft"]) {
        const families = await deleteTables(table);
        for (const family of families) await write(`deleted table ${family} ${table}\n`);
        if (families.length === 0) await write(`there is no table ${table}\n`);
      }
    })
    .addHelpText("after", examples("kube-nft cleanup", "kube-nft cleanup --kube-proxy"));
}

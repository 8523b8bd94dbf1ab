import type { Command } from "commander";
import { refuseBesideAgent } from "./beside-agent.ts";
import { examples, write } from "./output.ts";

type CleanupOptions = { readonly kubeProxy: boolean; readonly afterKubeProxy: boolean; readonly force: boolean };

export function cleanup(command: Command): void {
  command
    .description(
      "Delete the tables kube-nft. New connections are no longer translated; without other NAT rules, established ones stop, too.",
    )
    .option("--kube-proxy", "also delete the tables of kube-proxy's nftables mode", false)
    .option(
      "--after-kube-proxy",
      "wait until kube-proxy has written its rules, as its metrics on port 10249 tell",
      false,
    )
    .option("--force", "proceed although an agent runs here and will undo it", false)
    .action(async ({ kubeProxy, force, afterKubeProxy }: CleanupOptions) => {
      if (afterKubeProxy && kubeProxy)
        command.error("error: --kube-proxy would delete what --after-kube-proxy waits for");
      if (afterKubeProxy) await (await import("./after-kube-proxy.ts")).afterKubeProxy();
      if (!force) await refuseBesideAgent();
      const { deleteTables } = await import("../io/nft/nft.ts");
      for (const table of kubeProxy ? ["kube-nft", "kube-proxy"] : ["kube-nft"]) {
        const families = await deleteTables(table);
        for (const family of families) await write(`deleted table ${family} ${table}\n`);
        if (families.length === 0) await write(`there is no table ${table}\n`);
      }
    })
    .addHelpText(
      "after",
      examples("kube-nft cleanup", "kube-nft cleanup --kube-proxy", "kube-nft cleanup --after-kube-proxy"),
    );
}

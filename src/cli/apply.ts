import type { Command } from "commander";
import { hostAddresses } from "../io/host/addresses.ts";
import { examples, write } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

export function apply(command: Command): void {
  withSources(command, false)
    .description("Load the ruleset here in one transaction, in place, and say what changed. Needs CAP_NET_ADMIN.")
    .action(async (options: SourceOptions) => {
      const { rulesetHere } = await import("./ruleset.ts");
      const { changesHere } = await import("./changes.ts");
      const { applyText } = await import("../io/nft/nft.ts");
      const ruleset = await rulesetHere(options, hostAddresses());
      for (let triesLeft = 2; ; triesLeft--) {
        const { lines, text } = await changesHere(ruleset);
        try {
          if (text !== "") await applyText(text);
        } catch (error) {
          // Somebody may have changed the tables after they were read.
          if (triesLeft > 0) continue;
          throw error;
        }
        await write([...lines, text === "" ? "nothing to change" : "applied"].map((line) => `${line}\n`).join(""));
        return;
      }
    })
    .addHelpText(
      "after",
      examples(
        "kube-nft apply -f manifests/ --node-name node-1",
        "kubectl get svc,endpointslices,nodes,servicecidrs -A -o json | kube-nft apply -f -",
      ),
    );
}

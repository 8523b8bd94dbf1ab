import { type Command, Option } from "commander";
import { printRuleset } from "../nft/print-ruleset.ts";
import { rulesetJSON } from "../nft/ruleset-json.ts";
import { examples, exitProblems, write } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

export function render(command: Command): void {
  withSources(command, true)
    .description(
      "Print the ruleset. Loading the text replaces the tables kube-nft in one transaction, and nothing else.",
    )
    .addOption(new Option("-o, --output <format>", "nft, or json for programs").choices(["nft", "json"]).default("nft"))
    .action(async (options: SourceOptions & { readonly output: string }) => {
      const { rulesetElsewhere } = await import("./ruleset.ts");
      const { ruleset, isRefused } = await rulesetElsewhere(options);
      if (isRefused) process.exitCode = exitProblems;
      await write(options.output === "json" ? rulesetJSON(ruleset) : printRuleset(ruleset));
    })
    .addHelpText(
      "after",
      `\nLeave out servicecidrs if the API server has none (before Kubernetes 1.33).\n${examples(
        "kubectl get svc,endpointslices,nodes,servicecidrs -A -o yaml | kube-nft render -f - --node-name node-1",
        "kube-nft render -f manifests/ --node-name node-1 --family ip",
        "kube-nft render --context prod --node-name node-1 | ssh node-1 nft -c -f -",
      )}`,
    );
}

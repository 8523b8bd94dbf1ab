import { type Command, Option } from "commander";
import type { Output } from "../compile/outputs.ts";
import { examples, exitProblems, write } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

const outputs: readonly Output[] = ["nft", "json", "iptables", "ip6tables"];

export function render(command: Command): void {
  withSources(command, true)
    .description(
      "Print the ruleset. Loading the text replaces the tables kube-nft in one transaction, and nothing else.",
    )
    .addOption(
      new Option("-o, --output <format>", "nft, json for programs, or a text for iptables-restore or ip6tables-restore")
        .choices(outputs)
        .default("nft"),
    )
    .action(async (options: SourceOptions & { readonly output: Output }) => {
      const { textElsewhere } = await import("./ruleset.ts");
      if (options.output === (options.family === "ip" ? "ip6tables" : options.family && "iptables"))
        command.error(`error: -o ${options.output} is not for the family ${options.family}`);
      const { text, isRefused } = await textElsewhere(options, options.output);
      if (isRefused) process.exitCode = exitProblems;
      await write(text);
    })
    .addHelpText(
      "after",
      `\nLeave out servicecidrs if the API server has none (before Kubernetes 1.33).\n${examples(
        "kubectl get svc,endpointslices,nodes,servicecidrs -A -o yaml | kube-nft render -f - --node-name node-1",
        "kube-nft render -f manifests/ --node-name node-1 --family ip",
        "kube-nft render -f manifests/ --node-name node-1 -o iptables | iptables-restore --noflush --test",
        "kube-nft render --context prod --node-name node-1 | ssh node-1 nft -c -f -",
      )}`,
    );
}

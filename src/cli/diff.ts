import type { Command } from "commander";
import { hostAddresses } from "../io/host/addresses.ts";
import { examples, exitDifferent, write } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

export function diff(command: Command): void {
  withSources(command, true)
    .description(
      "Compare the kernel's tables with the ruleset. Exits with code 0 if they are equal, 1 if they differ, 2 if that is unknown.",
    )
    .option("--raw", "print the nft commands that would make them equal", false)
    .action(async (options: SourceOptions & { readonly raw: boolean }) => {
      const { rulesetHere } = await import("./ruleset.ts");
      const { changesHere } = await import("./changes.ts");
      const { ruleset, isRefused } = await rulesetHere(options, hostAddresses());
      if (isRefused) throw new Error("the input has problems and --strict is given; nothing was compared");
      const { lines, text } = await changesHere(ruleset);
      await write(options.raw ? text : lines.map((line) => `${line}\n`).join(""));
      if (text !== "") process.exitCode = exitDifferent;
    })
    .addHelpText(
      "after",
      `
A line a service port: "+" is missing in the kernel, "-" is too much there, "~" is there in another form.
${examples("kube-nft diff -f manifests/ --node-name node-1", "kube-nft diff --kubeconfig ~/.kube/config --raw")}`,
    );
}

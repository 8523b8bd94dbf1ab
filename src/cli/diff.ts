import { type Command, Option } from "commander";
import { hostAddresses } from "../io/host/addresses.ts";
import { printTransactions } from "../nft/print-transaction.ts";
import type { Transaction } from "../nft/transaction.ts";
import { changes } from "./colour.ts";
import { examples, exitDifferent, write, writeAnswer } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

type DiffOptions = SourceOptions & { readonly raw: boolean; readonly output: string };

export function diff(command: Command): void {
  withSources(command, true)
    .description(
      "Compare the kernel's tables with the ruleset. Exits with code 0 if they are equal, 1 if they differ, 2 if it cannot tell.",
    )
    .option("--raw", "print the nft commands that would make them equal, step by step", false)
    .addOption(
      new Option("-o, --output <format>", "text, or json for programs").choices(["text", "json"]).default("text"),
    )
    .action(async (options: DiffOptions) => {
      if (options.raw && options.output === "json")
        command.error("error: --raw prints nft commands, and cannot be used with -o json");
      const { rulesetHere } = await import("./ruleset.ts");
      const { changesHere } = await import("./changes.ts");
      const wanted = await rulesetHere(options, hostAddresses());
      if (wanted.isRefused) throw new Error("the input has problems and --strict is given; nothing was compared");
      const { differenceLines } = await import("../ask/table-changes.ts");
      const { differences, steps } = await changesHere(wanted.tables);
      await (options.raw ? write(printSteps(steps)) : writeAnswer(differences, differenceLines, options, changes));
      if (steps.length > 0) process.exitCode = exitDifferent;
    })
    .addHelpText(
      "after",
      `
One line for each service port: "+" is missing in the kernel, "-" is only in the kernel, "~" differs.
${examples("kube-nft diff -f manifests/ --node-name node-1", "kube-nft diff --kubeconfig ~/.kube/config --raw")}`,
    );
}

/** A new chain and what leads to it must not be in the same transaction. */
function printSteps(steps: readonly Transaction[]): string {
  return steps
    .map(
      (step, index) =>
        `# step ${index + 1} of ${steps.length}; load it with its own nft -f\n${printTransactions([step])}`,
    )
    .join("");
}

import type { Command } from "commander";
import { examples, exitProblems, say } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

export function check(command: Command): void {
  withSources(command, false)
    .description("Check the ruleset with nft and the kernel, in a separate network namespace. Loads nothing.")
    .action(async (options: SourceOptions) => {
      const { rulesetHere } = await import("./ruleset.ts");
      const { checkRuleset } = await import("../io/nft/nft.ts");
      const { ruleset, isRefused } = await rulesetHere(options, []);
      await checkRuleset(ruleset);
      if (isRefused) process.exitCode = exitProblems;
      say("nft and the kernel accept the ruleset");
    })
    .addHelpText("after", examples("kube-nft check -f service.yaml --strict"));
}

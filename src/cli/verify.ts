import type { Command } from "commander";
import { Option } from "commander";
import type { Difference } from "../ask/verify/verify.ts";
import { subjects } from "./colour.ts";
import { examples, exitDifferent, say, writeAnswer } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

type VerifyOptions = SourceOptions & { readonly kernel: boolean; readonly output: string };

export function verify(command: Command): void {
  withSources(command, true, true)
    .description(
      `Prove that the rules do what the Services say. Exits with code 0 if they do, 1 if they do not, 2 if it cannot tell.

It interprets the rules for a packet of each kind to each frontend, and compares what happens to it with what is
planned: the endpoints and how likely each is, masquerading, refusals, session affinity, and what happens while one
element is missing.`,
    )
    .option(
      "--kernel",
      "verify the rules loaded on this machine, instead of those that would be; needs CAP_NET_ADMIN",
      false,
    )
    .addOption(
      new Option("-o, --output <format>", "text, or json for programs").choices(["text", "json"]).default("text"),
    )
    .action(async (options: VerifyOptions) => {
      const { askedWorlds, sayProblems } = await import("./worlds.ts");
      const { verify: verified } = await import("../ask/verify/verify.ts");
      const { differenceLine } = await import("../ask/verify/difference-line.ts");
      const asked = await askedWorlds(options, options.kernel);
      sayProblems(asked);
      if (options.strict && asked.problems.length > 0)
        throw new Error("nothing was verified, as the input has problems and --strict is given");
      const loaded = options.kernel ? await import("./loaded.ts") : undefined;
      const differences: Difference[] = [];
      let packets = 0;
      let services = 0;
      let told = performance.now();
      const foreign: string[] = [];
      for (const world of asked.worlds) {
        const desired = world.plans.rendered();
        const { table, chains } = (await loaded?.loadedTable(desired)) ?? { table: desired, chains: [] };
        foreign.push(...chains.map((name) => `table ${world.family}  chain ${name} has rules that are not kube-nft's`));
        for (const each of verified(world, table)) {
          packets += each.packets;
          services += 1;
          differences.push(...each.differences);
          if (performance.now() - told > 2000) {
            say(`${services} Services, ${packets} packets, ${differences.length} differences so far ...`);
            told = performance.now();
          }
        }
      }
      await writeAnswer(
        { packets, chains: foreign, differences },
        () => [...foreign, ...differences.map(differenceLine)],
        options,
        subjects,
      );
      const wrong = differences.length + foreign.length;
      say(`${packets} packets interpreted: ${wrong === 0 ? "all as planned" : `${wrong} differences`}`);
      if (wrong > 0) process.exitCode = exitDifferent;
    })
    .addHelpText(
      "after",
      examples(
        "kube-nft verify -f manifests/ --node-name node-1",
        "kube-nft verify --kernel      # on a node: the loaded rules, against the plans of its agent",
        "kube-nft verify --kubeconfig ~/.kube/config --node-name node-1 --kernel",
      ),
    );
}

import { type Command, Option } from "commander";
import { repeatable } from "./kube-proxy-flags.ts";
import { examples, exitDifferent, writeAnswer } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

export type CompareOptions = SourceOptions & {
  readonly with?: readonly string[];
  readonly mode?: string;
  readonly output: string;
};

export function compare(command: Command): void {
  withSources(command, true, true)
    .description(
      `Compare the plans with what kube-proxy serves.

Exits with code 0 if they are alike, 1 if they differ, 2 if it cannot tell. It compares endpoints,
masquerading, traffic policy, session affinity and source ranges of each frontend. kube-proxy may be in any of its modes.
Differences that are known and documented do not count; they are marked "known".`,
    )
    .addOption(
      repeatable(
        "--with <file>",
        "what iptables-save, ip6tables-save, nft -j list table, or ipvsadm-save -n has written, or - (default: what they write here)",
      ),
    )
    .addOption(
      new Option("--mode <mode>", "kube-proxy's mode, if there are rules of several").choices([
        "iptables",
        "nftables",
        "ipvs",
      ]),
    )
    .addOption(
      new Option("-o, --output <format>", "text, or json for programs").choices(["text", "json"]).default("text"),
    )
    .action(async (options: CompareOptions) => {
      const { comparison } = await import("./comparison.ts");
      const { isAsExpected } = await import("../ask/compare/compare.ts");
      const { comparisonLines } = await import("../ask/compare/comparison-lines.ts");
      const all = await comparison(options);
      await writeAnswer(all, (each) => each.flatMap(comparisonLines), options);
      if (!all.every(isAsExpected)) process.exitCode = exitDifferent;
    })
    .addHelpText(
      "after",
      examples(
        "kube-nft compare --kubeconfig ~/.kube/config --node-name node-1",
        "kube-nft compare -f cluster.yaml --node-name node-1 --with iptables.txt --with ip6tables.txt",
        "kubectl -n kube-system exec kube-proxy-x7d2f -- iptables-save | kube-nft compare -f cluster.yaml --node-name node-1 --with -",
      ),
    );
}

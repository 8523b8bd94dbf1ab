import { type Command, Option } from "commander";
import { examples } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

export type FlowsOptions = SourceOptions & {
  readonly follow: boolean;
  readonly stale: boolean;
  readonly output: string;
};

export function flows(command: Command): void {
  withSources(command, true, true)
    .description(
      `Show the connections through Services that this node's kernel knows. Needs CAP_NET_ADMIN.

Bytes are shown where the kernel counts them (sysctl net.netfilter.nf_conntrack_acct=1), and ages where it notes them
(net.netfilter.nf_conntrack_timestamp=1), both of connections that begin after that.

Exits with 0: answered; 1: --stale found some; 2: no answer.`,
    )
    .argument("[which]", "a Service (NAMESPACE/NAME), an address of a client, frontend or endpoint, or a nodePort")
    .option(
      "--follow",
      "show connections as they begin and end; of those that began before, the end may not show",
      false,
    )
    .option("--stale", "only those that lead nowhere: to an endpoint that is gone, or past the Service", false)
    .addOption(
      new Option("-o, --output <format>", "text, or json for programs (with --follow, an object a line)")
        .choices(["text", "json"])
        .default("text"),
    )
    .action(async (which: string | undefined, options: FlowsOptions) => {
      const { followFlows, listFlows } = await import("./flow-answers.ts");
      await (options.follow ? followFlows(options, which) : listFlows(options, which));
    })
    .addHelpText(
      "after",
      examples(
        "kube-nft flows      # on a node: ask its agent about Services",
        "kube-nft flows shop/web --kubeconfig ~/.kube/config --node-name node-1",
        "kube-nft flows 10.244.1.11 --follow -f manifests/",
        "kube-nft flows 30080 --stale -f manifests/ -o json",
      ),
    );
}

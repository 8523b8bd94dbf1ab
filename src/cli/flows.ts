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
      `Show the connections through Services that this node's kernel tracks. Needs CAP_NET_ADMIN.

Bytes are shown if the kernel counts them (sysctl net.netfilter.nf_conntrack_acct=1), and ages if it records them
(net.netfilter.nf_conntrack_timestamp=1). Both are known only of connections that began after the sysctl was set.

Exits with code 0 if it can tell, 1 if --stale found some, 2 if it cannot tell.`,
    )
    .argument("[which]", "a Service (NAMESPACE/NAME), an address of a client, frontend or endpoint, or a nodePort")
    .option("--follow", "show connections as they begin and end; the end of an older one may be missing", false)
    .option("--stale", "only stale ones: they go to an endpoint that is gone, or bypass the Service", false)
    .addOption(
      new Option("-o, --output <format>", "text, or json for programs (with --follow, one object per line)")
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

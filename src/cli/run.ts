import { type Command, Option } from "commander";
import packageJSON from "../../package.json" with { type: "json" };
import { serviceMetrics } from "../io/metrics/service-series.ts";
import { kubeProxyFlags, withKubeProxyFlags } from "./kube-proxy-flags.ts";
import { examples, fail } from "./output.ts";
import type { RunCommandOptions } from "./run-agent.ts";

export function run(command: Command): void {
  command
    .description("Keep this node's tables equal to the cluster, as kube-proxy does. Stops on SIGTERM; the rules stay.")
    .option("--config <file>", "a KubeProxyConfiguration; changes to it take effect, most flags are ignored")
    .option("--master <url>", "the URL of the API server; overrides the kubeconfig")
    .option("--init-only", "check and set up the host, and exit; later runs need only CAP_NET_ADMIN", false)
    .option(
      "--observe",
      "write nothing, and tell what would be written: beside kube-proxy, at ports 10356 and 10349",
      false,
    )
    .option("--no-counters", "count neither the new connections of each frontend nor what is refused")
    .addOption(
      new Option("--service-metrics <which>", "metrics per Service: also new connections, or none")
        .choices(serviceMetrics)
        .default("problems"),
    )
    .option("-v, --v <level>", "2 logs each watch, 4 adds stack traces", "0");
  withKubeProxyFlags(command, { isHidden: false, isLive: true });
  command
    .action(async (options: RunCommandOptions) => {
      const { runAgent } = await import("./run-agent.ts");
      await runAgent(options, kubeProxyFlags(command), packageJSON.version).catch(fail);
      // Otherwise, servers and watches would keep the process running.
      process.exit();
    })
    .addHelpText(
      "after",
      examples(
        "kube-nft run --config /var/lib/kube-proxy/config.conf",
        "kube-nft run --observe --config /var/lib/kube-proxy/config.conf",
        "kube-nft run --kubeconfig ~/.kube/config --hostname-override node-1 --cluster-cidr 10.244.0.0/16",
      ),
    );
}

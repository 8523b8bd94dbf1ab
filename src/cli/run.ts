import { type Command, Option } from "commander";
import packageJSON from "../../package.json" with { type: "json" };
import { serviceMetrics } from "../io/metrics/service-series.ts";
import { kubeProxyFlags, withKubeProxyFlags } from "./kube-proxy-flags.ts";
import { examples, fail } from "./output.ts";
import type { RunCommandOptions } from "./run-agent.ts";

export function run(command: Command): void {
  command
    .description("Keep this node's tables equal to the cluster, as kube-proxy does. SIGTERM ends it; the rules stay.")
    .option("--config <file>", "a KubeProxyConfiguration, whose changes are followed; then few flags count")
    .option("--master <url>", "the URL of the API server, instead of that of the kubeconfig")
    .option("--init-only", "check and set up the host, and end; then run needs CAP_NET_ADMIN only", false)
    .option("--no-counters", "do not have the kernel count the new connections of each frontend")
    .addOption(
      new Option("--service-metrics <which>", "metrics of single Services: also their new connections, or none")
        .choices(serviceMetrics)
        .default("problems"),
    )
    .option("-v, --v <level>", "2 tells of each watch, 4 has the stacks of errors", "0");
  withKubeProxyFlags(command, { isHidden: false, isLive: true });
  command
    .action(async (options: RunCommandOptions) => {
      const { runAgent } = await import("./run-agent.ts");
      await runAgent(options, kubeProxyFlags(command), packageJSON.version).catch(fail);
      // Servers and watches would keep the process.
      process.exit();
    })
    .addHelpText(
      "after",
      examples(
        "kube-nft run --config /var/lib/kube-proxy/config.conf",
        "kube-nft run --kubeconfig ~/.kube/config --hostname-override node-1 --cluster-cidr 10.244.0.0/16",
      ),
    );
}

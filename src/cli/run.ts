import { type Command, Option } from "commander";
import packageJSON from "../../package.json" with { type: "json" };
import { flagArguments, runFlags } from "../config/run-flags.ts";
import { examples, fail } from "./output.ts";
import type { RunCommandOptions } from "./run-agent.ts";
import { repeatable } from "./sources.ts";

export function run(command: Command): void {
  command
    .description("Keep this node's tables equal to the cluster, as kube-proxy does. SIGTERM ends it; the rules stay.")
    .option("--config <file>", "a KubeProxyConfiguration, whose changes are followed; then few flags count")
    .option("--master <url>", "the URL of the API server, instead of that of the kubeconfig")
    .option("--init-only", "check and set up the host, and end; then run needs CAP_NET_ADMIN only", false)
    .option("--no-counters", "do not have the kernel count the new connections of each frontend")
    .option("-v, --v <level>", "2 tells of each watch, 4 has the stacks of errors", "0");
  for (const { name, kind, description, default: value } of runFlags) {
    const flags = `--${name} ${flagArguments[kind]}`;
    const help = `${description}${value === undefined ? "" : ` (default: ${value})`}`;
    const option = kind === "list" ? repeatable(flags, help) : new Option(flags, help);
    command.addOption(option.hideHelp(description === undefined));
  }
  command
    .action(async (options: RunCommandOptions) => {
      const { runAgent } = await import("./run-agent.ts");
      await runAgent(options, givenFlags(command), packageJSON.version).catch(fail);
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

/** The flags of kube-proxy that are in the command line, with their values. */
function givenFlags(command: Command) {
  return new Map(
    runFlags.flatMap(({ name }) => {
      const option = new Option(`--${name}`).attributeName();
      const isGiven = command.getOptionValueSource(option) === "cli";
      return isGiven ? [[name, command.getOptionValue(option)] as const] : [];
    }),
  );
}

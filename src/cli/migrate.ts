import { type Command, Option } from "commander";
import packageJSON from "../../package.json" with { type: "json" };
import { examples, exitFindings, say, writeAnswer } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

export type MigrateOptions = SourceOptions & {
  readonly check: boolean;
  readonly kernel: boolean;
  readonly image: string;
  readonly output: string;
};

export function migrate(command: Command): void {
  withSources(command, true)
    .description(
      `Print the steps from this cluster's service proxy to kube-nft and back, with its names filled in. Changes nothing.

Of a live cluster it reads the DaemonSets and ConfigMaps of kube-system, too. Exits with code 0 if it can tell, 1 if
--check found obstacles, 2 if it cannot tell.`,
    )
    .option("--check", "report the obstacles to a migration instead, worst first", false)
    .option("--kernel", "with --check: also examine this machine, which has to be a node; needs CAP_NET_ADMIN", false)
    .option("--image <name>", "kube-nft's image, where nodes can pull it", `kube-nft:${packageJSON.version}`)
    .addOption(
      new Option("-o, --output <format>", "text, or json for programs").choices(["text", "json"]).default("text"),
    )
    .action(async (options: MigrateOptions) => {
      if (options.kernel && !options.check) command.error("error: --kernel needs --check");
      if (!/^[\w][\w./:@-]*$/.test(options.image)) command.error("error: --image is not the name of an image");
      const { candidateOf } = await import("./migration.ts");
      const candidate = await candidateOf(options);
      if (options.check) {
        const { inOrder, findingLines } = await import("../ask/service/finding-lines.ts");
        const { obstacles } = await import("../ask/migrate/obstacles.ts");
        const findings = inOrder(obstacles(candidate));
        await writeAnswer({ findings }, () => findingLines(findings), options);
        const errors = findings.filter(({ severity }) => severity === "error").length;
        say(errors === 0 ? "there are no obstacles" : `errors: ${errors}`);
        if (errors > 0) process.exitCode = exitFindings;
        return;
      }
      const { migration, migrationLines } = await import("../ask/migrate/migration.ts");
      await writeAnswer(migration(candidate.setup, options.image), migrationLines, options);
    })
    .addHelpText(
      "after",
      examples(
        "kube-nft migrate --kubeconfig ~/.kube/config",
        "kube-nft migrate --kubeconfig ~/.kube/config --image registry.example/kube-nft:0.1.0 > steps.sh",
        "kube-nft migrate --check --kubeconfig ~/.kube/config",
        "kube-nft migrate --check --kernel --kubeconfig ~/.kube/config      # on a node, as root",
        "kubectl get nodes,svc,endpointslices,daemonsets,configmaps -A -o yaml | kube-nft migrate -f -",
      ),
    );
}

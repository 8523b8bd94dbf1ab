import { type Command, Option } from "commander";
import { examples, exitFindings, say, writeAnswer } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

export type DoctorOptions = SourceOptions & {
  readonly kernel: boolean;
  readonly connect: boolean;
  readonly output: string;
};

export function doctor(command: Command): void {
  withSources(command, true, true)
    .description(
      `Report what is wrong with the Services of a cluster and with this node, worst first.

Exits with code 0 if nothing fails now, 1 if there are errors, 2 if it cannot tell. error: connections fail now.
warning: connections will fail, or fail for some clients. note: it works as intended, but is often asked about.`,
    )
    .option("--kernel", "also examine this machine, which has to be that node; needs CAP_NET_ADMIN", false)
    .option("--connect", "with --kernel: also connect to the TCP endpoints, to see which answer", false)
    .addOption(
      new Option("-o, --output <format>", "text, or json for programs").choices(["text", "json"]).default("text"),
    )
    .action(async (options: DoctorOptions) => {
      if (options.connect && !options.kernel && options.filename.length > 0) {
        command.error("error: --connect needs --kernel");
      }
      const { examined } = await import("./examination.ts");
      const { diagnosis } = await import("../ask/doctor/doctor.ts");
      const { findingLines } = await import("../ask/service/finding-lines.ts");
      const { cluster, node } = await examined(options);
      const findings = diagnosis(cluster, node);
      await writeAnswer({ findings }, () => findingLines(findings), options);
      const count = (severity: string) => findings.filter((each) => each.severity === severity).length;
      say(`errors: ${count("error")}, warnings: ${count("warning")}, notes: ${count("note")}`);
      if (count("error") > 0) process.exitCode = exitFindings;
    })
    .addHelpText(
      "after",
      examples(
        "kube-nft doctor      # on a node: ask its agent about Services",
        "kube-nft doctor -f manifests/ --node-name node-1",
        "kube-nft doctor --kubeconfig ~/.kube/config --node-name node-1 --kernel",
        "kube-nft doctor --kubeconfig ~/.kube/config --node-name node-1 --kernel --connect -o json",
      ),
    );
}

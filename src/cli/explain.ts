import { type Command, Option } from "commander";
import { examples, exitFindings, writeAnswer } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

type ExplainOptions = SourceOptions & { readonly from: string; readonly to?: string; readonly output: string };

export function explain(command: Command): void {
  withSources(command, true, true)
    .description(
      `Explain what a node does with a Service, and why, or what happens to a packet.

Exits with code 0 if it can tell, 1 if something is wrong with the Service, 2 if it cannot tell. For a packet it exits
with code 0 even if the packet is dropped.`,
    )
    .argument("[service]", "NAMESPACE/NAME, or NAME in the namespace default")
    .argument("[port]", "one port only: its name or number")
    .option("--from <client>", "who sends the packet: an address, pod, node or outside", "outside")
    .option("--to <target>", "where it goes: 10.96.0.10:80, [fd00::10]:53/udp, 10.96.0.10/icmp")
    .addOption(
      new Option("-o, --output <format>", "text, or json for programs").choices(["text", "json"]).default("text"),
    )
    .action(async (service: string | undefined, port: string | undefined, options: ExplainOptions) => {
      if ((service === undefined) === (options.to === undefined)) {
        command.error(
          "error: give the Service to explain, or the packet: kube-nft explain --from pod --to 10.96.0.10:80",
        );
      }
      const { packetExplanation, serviceExplanation } = await import("./explanations.ts");
      const { packetLines } = await import("../ask/packet-lines.ts");
      const { explanationLines } = await import("../ask/service/explanation-lines.ts");
      if (service === undefined) {
        await writeAnswer(await packetExplanation(options, options.from, options.to ?? ""), packetLines, options);
        return;
      }
      const explanation = await serviceExplanation(options, service, port);
      await writeAnswer(explanation, explanationLines, options);
      if (explanation.findings.some(({ severity }) => severity === "error")) process.exitCode = exitFindings;
    })
    .addHelpText(
      "after",
      examples(
        "kube-nft explain default/web -f manifests/ --node-name node-1",
        "kube-nft explain shop/web http --kubeconfig ~/.kube/config --node-name node-1",
        "kube-nft explain --from pod --to 10.96.0.10:80 -f manifests/",
        "kube-nft explain shop/web      # on a node: ask its agent",
        "kube-nft explain --from 192.0.2.7 --to 203.0.113.10:53/udp -f manifests/",
      ),
    );
}

import { type Command, Option } from "commander";
import { examples, exitFindings, writeLines } from "./output.ts";
import { type SourceOptions, withSources } from "./sources.ts";

type ExplainOptions = SourceOptions & { readonly from: string; readonly to?: string; readonly output: string };

export function explain(command: Command): void {
  withSources(command, true)
    .description(
      `Say what a node does with a Service, and why, or what becomes of a packet.

Exits with 0: answered; 1: something is wrong with the Service; 2: no answer. What becomes of a packet is an answer,
also if it is dropped.`,
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
      const { answerPacket, answerService } = await import("./explanations.ts");
      const { text, isWrong } =
        service === undefined
          ? await answerPacket(options, options.from, options.to ?? "")
          : await answerService(options, service, port);
      await writeLines(text.trimEnd().split("\n"));
      if (isWrong) process.exitCode = exitFindings;
    })
    .addHelpText(
      "after",
      examples(
        "kube-nft explain default/web -f manifests/ --node-name node-1",
        "kube-nft explain shop/web http --kubeconfig ~/.kube/config --node-name node-1",
        "kube-nft explain --from pod --to 10.96.0.10:80 -f manifests/",
        "kube-nft explain --from 192.0.2.7 --to 203.0.113.10:53/udp -f manifests/",
      ),
    );
}

import { type Command, Option } from "commander";
import packageJSON from "../../package.json" with { type: "json" };
import { examples, write } from "./output.ts";

export function version(command: Command): void {
  command
    .description("Print the version of kube-nft, and of the Node that it runs on.")
    .addOption(
      new Option("-o, --output <format>", "text, or json for programs").choices(["text", "json"]).default("text"),
    )
    .action(async ({ output }: { readonly output: string }) => {
      const versions = {
        version: packageJSON.version,
        node: process.versions.node,
        platform: `${process.platform}/${process.arch}`,
      };
      const text = `kube-nft ${versions.version}, Node ${versions.node}, ${versions.platform}`;
      await write(`${output === "json" ? JSON.stringify(versions) : text}\n`);
    })
    .addHelpText("after", examples("kube-nft version", "kube-nft version -o json"));
}

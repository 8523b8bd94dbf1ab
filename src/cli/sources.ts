import { type Command, InvalidArgumentError, Option } from "commander";
import { usualLimits } from "../io/files/read-limits.ts";
import type { Sources } from "./desired.ts";
import { kubeProxyFlags, repeatable, withKubeProxyFlags } from "./kube-proxy-flags.ts";

/** The options that say what to compile. If they leave `ipv6Affinity` open, it depends on the nft here. */
export type SourceOptions = Omit<Sources, "capabilities" | "limits"> & {
  readonly ipv6Affinity: "remember" | "hash" | undefined;
  readonly strict: boolean;
  readonly inputLimit: number;
  readonly inputTimeout: number;
};

/**
 * Adds the options that say what to compile. `live`: also from a cluster's API; `asksAgent`: without any, the agent here
 * answers.
 */
export function withSources(command: Command, live: boolean, asksAgent = false): Command {
  command
    .addOption(
      repeatable("-f, --filename <path>", "a manifest file, a directory of manifests, or - for standard input"),
    )
    .option("-R, --recursive", "also read subdirectories", false)
    .option("--config <file>", "a KubeProxyConfiguration, as kube-proxy reads it")
    .option("--node-name <name>", "the node to compile for (default: the only Node of the input, or the host name)");
  if (live) {
    command
      .option("--kubeconfig <file>", "read a live cluster instead of files (without -f, also KUBECONFIG)")
      .option("--context <name>", "the context of the kubeconfig to use");
  }
  command
    .addOption(new Option("--family <family>", "only this family").choices(["ip", "ip6"]))
    .addOption(
      new Option(
        "--ipv6-affinity <method>",
        "how IPv6 clients keep their endpoint (default: remember, if nft can)",
      ).choices(["remember", "hash"]),
    )
    .option("--counters", "count the new connections of each frontend, and what is refused", false)
    .option("--strict", "fail if the input has problems", false)
    .addOption(amount("--input-limit <megabytes>", "read at most this much from a file or pipe", usualLimits.megabytes))
    .addOption(amount("--input-timeout <seconds>", "fail if a pipe sends nothing for this long", usualLimits.seconds));
  withKubeProxyFlags(command, { isHidden: true, isLive: live });
  command.addHelpText(
    "after",
    "\nFlags of run that have a configuration field are accepted, too, such as --cluster-cidr.",
  );
  return command.hook("preAction", (_, action) => {
    action.setOptionValue("flags", kubeProxyFlags(action));
    const { filename = [], kubeconfig, context }: Partial<SourceOptions> = action.opts();
    action.setOptionValue("filename", filename);
    const isLive = Boolean(kubeconfig) || Boolean(context);
    if (filename.length > 0 && isLive) action.error("error: use either -f, or --kubeconfig and --context");
    if (filename.length > 0 || isLive || asksAgent || (live && process.env["KUBECONFIG"])) return;
    const orLive = live ? ", or --kubeconfig, --context or KUBECONFIG to read a live cluster" : "";
    action.error(`error: nothing to compile; use -f FILE${orLive}`);
  });
}

function amount(flags: string, description: string, usual: number): Option {
  return new Option(flags, description).default(usual).argParser((text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number > 0 && number < 1_000_000) return number;
    throw new InvalidArgumentError("It must be a whole number from 1 to 999999.");
  });
}

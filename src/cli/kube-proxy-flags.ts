import { type Command, Option } from "commander";
import type { FlagValues } from "../config/flags.ts";
import { flagArguments, runFlags } from "../config/run-flags.ts";

/**
 * Adds the flags of kube-proxy that correspond to fields of its configuration, except those that a command already has.
 * `isLive`: the command connects to an API server, so the flags about it are added, too.
 */
export function withKubeProxyFlags(
  command: Command,
  { isHidden, isLive }: { readonly isHidden: boolean; readonly isLive: boolean },
): void {
  for (const { name, kind, description, default: value } of runFlags) {
    if (command.options.some(({ long }) => long === `--${name}`) || (name === "kubeconfig" && !isLive)) continue;
    const flags = `--${name} ${flagArguments[kind]}`;
    const help = `${description}${value === undefined ? "" : ` (default: ${value})`}`;
    const option = kind === "list" ? repeatable(flags, help) : new Option(flags, help);
    command.addOption(option.hideHelp(isHidden || description === undefined));
  }
}

/** The flags in the command line, with their values. */
export function kubeProxyFlags(command: Command): FlagValues {
  return new Map(
    runFlags.flatMap(({ name }) => {
      const option = new Option(`--${name}`).attributeName();
      const isGiven = command.getOptionValueSource(option) === "cli";
      return isGiven ? [[name, command.getOptionValue(option)] as const] : [];
    }),
  );
}

/** An option that may be given several times, each time with one value, so it does not consume what follows. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description}; may be given again`).argParser(
    (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
  );
}

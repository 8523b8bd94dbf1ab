import type { Command } from "commander";

/**
 * The arguments as commander understands them. As in kube-proxy and kubectl, `-v=2` is `-v 2`, and flag names may
 * have `_` instead of `-`. commander suggests the nearest option for `--unknown`, but not for `--unknown=value`.
 */
export function normalArguments(program: Command, args: readonly string[]): readonly string[] {
  const { options = [] } = program.commands.find((command) => command.name() === args[0]) ?? {};
  const end = args.indexOf("--");
  return args.flatMap((arg, index) => {
    if (end >= 0 && index >= end) return arg;
    const [, short, value] = /^(-[a-z])=(.*)$/is.exec(arg) ?? [];
    if (short !== undefined && value !== undefined) return [short, value];
    const [, name, rest = ""] = /^(--[^=]+)(=.*)?$/s.exec(arg) ?? [];
    if (name === undefined) return arg;
    const long = name.replaceAll("_", "-");
    return rest === "" || options.some((option) => option.long === long) ? `${long}${rest}` : long;
  });
}

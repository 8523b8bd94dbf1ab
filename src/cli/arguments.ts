import type { Command } from "commander";

/** The arguments as commander understands them. It suggests the nearest option for `--unknown`, but not for `--unknown=value`. */
export function normalArguments(program: Command, args: readonly string[]): readonly string[] {
  const { options = [] } = program.commands.find((command) => command.name() === args[0]) ?? {};
  return args.map((arg) => {
    const [, flag] = /^(--[^=]+)=/.exec(arg) ?? [];
    return flag === undefined || options.some(({ long }) => long === flag) ? arg : flag;
  });
}

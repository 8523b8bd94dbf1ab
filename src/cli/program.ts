import { Command, CommanderError } from "commander";
import packageJSON from "../../package.json" with { type: "json" };
import { apply } from "./apply.ts";
import { normalArguments } from "./arguments.ts";
import { check } from "./check.ts";
import { cleanup } from "./cleanup.ts";
import { compare } from "./compare.ts";
import { completion } from "./completion.ts";
import { diff } from "./diff.ts";
import { doctor } from "./doctor.ts";
import { explain } from "./explain.ts";
import { flows } from "./flows.ts";
import { migrate } from "./migrate.ts";
import { exitCodes, exitFailure, fail, isClosedPipe, say } from "./output.ts";
import { render } from "./render.ts";
import { run } from "./run.ts";
import { status } from "./status.ts";
import { verify } from "./verify.ts";
import { version } from "./version.ts";

/** The definition of each command, in the order of the help. Commands import what they need when they run. */
const commands: Readonly<Record<string, (command: Command) => void>> = {
  run,
  render,
  check,
  apply,
  diff,
  compare,
  explain,
  verify,
  flows,
  doctor,
  status,
  migrate,
  cleanup,
  completion,
  version,
};

/** Runs the command line; `process.exitCode` is the result. */
export async function main(args: readonly string[]): Promise<void> {
  const program = new Command("kube-nft")
    .description(
      "Compiles Kubernetes Services into an nftables ruleset of constant size, with the cluster as its data.",
    )
    .version(packageJSON.version, "--version", "print the version")
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false })
    .configureOutput({ outputError: sayError })
    .exitOverride();
  for (const [name, define] of Object.entries(commands)) define(program.command(name));
  program.addHelpText("after", exitCodes);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (!isClosedPipe(error)) process.exitCode = exitFailure;
  });
  await program.parseAsync(normalArguments(program, args), { from: "user" }).catch((error: unknown) => {
    if (!(error instanceof CommanderError)) fail(error);
    else process.exitCode = error.exitCode === 0 ? 0 : exitFailure;
  });
}

/** commander's message about an argument, which may contain anything; a second line suggests what may have been meant. */
function sayError(text: string): void {
  for (const line of text.trimEnd().split(/\n(?=\(Did you mean [^\n]*$)/)) say(line);
}

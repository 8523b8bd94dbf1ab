#!/usr/bin/env node
import { Command, CommanderError, Option } from "commander";
import packageJSON from "../../package.json" with { type: "json" };
import { changeLines } from "../ask/table-changes.ts";
import { flagArguments, runFlags } from "../config/run-flags.ts";
import { hostAddresses } from "../io/host/addresses.ts";
import { hostFamilies } from "../io/host/host.ts";
import { hostName } from "../io/host/process.ts";
import { problemLine } from "../model/problem.ts";
import { printRuleset } from "../nft/print-ruleset.ts";
import { printTransactions } from "../nft/print-transaction.ts";
import type { Ruleset } from "../nft/ruleset.ts";
import { rulesetJSON } from "../nft/ruleset-json.ts";
import { diffTables, emptyTable } from "../nft/transaction.ts";
import { type Desired, desiredRuleset, type Host, InputError, type Sources } from "./desired.ts";
import type { RunCommandOptions } from "./run.ts";

/** `diff`: the kernel differs. With `--strict`: the input has problems. */
const exitDifferent = 1;
/** It could not be done, or told. */
const exitFailure = 2;

type Options = Omit<Sources, "ipv6Affinity"> & {
  readonly ipv6Affinity: Sources["ipv6Affinity"] | undefined;
  readonly strict: boolean;
};

const program = new Command("kube-nft")
  .description("Compiles Kubernetes Services into an nftables ruleset of constant size, with the cluster as its data.")
  .version(packageJSON.version, "--version", "print the version")
  .showSuggestionAfterError()
  .configureHelp({ sortSubcommands: false })
  .exitOverride();

withSources(program.command("render"), true)
  .description("Print the ruleset. Loading the text replaces the tables kube-nft in one transaction, and nothing else.")
  .addOption(new Option("-o, --output <format>", "nft, or json for programs").choices(["nft", "json"]).default("nft"))
  .action(async (options: Options & { readonly output: string }) => {
    const { ruleset } = report(options, await desiredRuleset(withAffinity(options, "remember"), noHost()));
    await write(options.output === "json" ? rulesetJSON(ruleset) : printRuleset(ruleset));
  })
  .addHelpText(
    "after",
    examples([
      "kubectl get svc,endpointslices,nodes,servicecidrs -A -o yaml | kube-nft render -f - --node-name node-1",
      "kube-nft render -f manifests/ --node-name node-1 --family ip",
      "kube-nft render --context prod --node-name node-1 | ssh node-1 nft -c -f -",
    ]),
  );

withSources(program.command("check"), false)
  .description("Have nft and the kernel check the ruleset, in a network namespace of its own. Loads nothing.")
  .action(async (options: Options) => {
    const nft = await import("../io/nft/nft.ts");
    const { ruleset } = report(options, await desiredHere(options, noHost()));
    await nft.checkRuleset(ruleset);
    say("nft and the kernel accept the ruleset");
  })
  .addHelpText("after", examples(["kube-nft check -f service.yaml --strict"]));

withSources(program.command("apply"), false)
  .description("Load the ruleset here in one transaction, in place, and say what changed. Needs CAP_NET_ADMIN.")
  .action(async (options: Options) => {
    const { ruleset } = report(options, await desiredHere(options, thisHost()));
    const { applyText } = await import("../io/nft/nft.ts");
    for (let triesLeft = 2; ; triesLeft--) {
      const { lines, text } = await changesHere(ruleset);
      try {
        if (text !== "") await applyText(text);
      } catch (error) {
        // Somebody may have changed the tables after they were read.
        if (triesLeft > 0) continue;
        throw error;
      }
      await write([...lines, text === "" ? "nothing to change" : "applied"].map((line) => `${line}\n`).join(""));
      return;
    }
  })
  .addHelpText(
    "after",
    examples([
      "kube-nft apply -f manifests/ --node-name node-1",
      "kubectl get svc,endpointslices,nodes,servicecidrs -A -o json | kube-nft apply -f -",
    ]),
  );

withSources(program.command("diff"), true)
  .description("Compare the kernel's tables with the ruleset. Exits with 0: equal, 1: different, 2: could not tell.")
  .option("--raw", "print the nft commands that would make them equal", false)
  .action(async (options: Options & { readonly raw: boolean }) => {
    const { ruleset } = report(options, await desiredHere(options, thisHost()));
    const { lines, text } = await changesHere(ruleset);
    await write(options.raw ? text : lines.map((line) => `${line}\n`).join(""));
    if (text !== "") process.exitCode = exitDifferent;
  })
  .addHelpText(
    "after",
    `
A line a service port: "+" is missing in the kernel, "-" is too much there, "~" is there in another form.
${examples(["kube-nft diff -f manifests/ --node-name node-1", "kube-nft diff --kubeconfig ~/.kube/config --raw"])}`,
  );

program
  .command("cleanup")
  .description(
    "Delete the tables kube-nft. No connection is translated any more; without other NAT rules, established ones stop too.",
  )
  .option("--kube-proxy", "delete the tables that kube-proxy's nftables mode left, too", false)
  .action(async ({ kubeProxy }: { readonly kubeProxy: boolean }) => {
    const { deleteTables } = await import("../io/nft/nft.ts");
    for (const table of kubeProxy ? ["kube-nft", "kube-proxy"] : ["kube-nft"]) {
      const families = await deleteTables(table);
      for (const family of families) await write(`deleted table ${family} ${table}\n`);
      if (families.length === 0) await write(`there is no table ${table}\n`);
    }
  })
  .addHelpText("after", examples(["kube-nft cleanup", "kube-nft cleanup --kube-proxy"]));

const runProgram = program
  .command("run")
  .description("Keep this node's tables equal to the cluster, as kube-proxy does. SIGTERM ends it; the rules stay.")
  .option("--config <file>", "a KubeProxyConfiguration, whose changes are followed; then flags do not count")
  .option("--master <url>", "the URL of the API server, instead of that of the kubeconfig")
  .option("--init-only", "check and set up the host, and end; then run needs CAP_NET_ADMIN only", false)
  .option("--no-counters", "do not have the kernel count the new connections of each frontend")
  .option("-v, --v <level>", "2 tells of each watch, 4 has the stacks of errors", "0");
for (const { name, kind, description, default: value } of runFlags) {
  const help = `${description}${value === undefined ? "" : ` (default: ${value})`}`;
  runProgram.addOption(new Option(`--${name} ${flagArguments[kind]}`, help).hideHelp(description === undefined));
}
runProgram
  .action(async (options: RunCommandOptions, command: Command) => {
    const flags = new Map(
      runFlags.flatMap(({ name }) => {
        const option = new Option(`--${name}`).attributeName();
        const isGiven = command.getOptionValueSource(option) === "cli";
        return isGiven ? [[name, command.getOptionValue(option)] as const] : [];
      }),
    );
    const { runCommand } = await import("./run.ts");
    await runCommand(options, flags, packageJSON.version).catch(fail);
    // Servers and watches would keep the process.
    process.exit();
  })
  .addHelpText(
    "after",
    examples([
      "kube-nft run --config /var/lib/kube-proxy/config.conf",
      "kube-nft run --kubeconfig ~/.kube/config --hostname-override node-1 --cluster-cidr 10.244.0.0/16",
    ]),
  );

/** Adds the options that say what to compile. `live`: from a cluster's API too. */
function withSources(command: Command, live: boolean): Command {
  command
    .option("-f, --filename <path...>", "a file of manifests, a directory of them, or - for standard input", [])
    .option("--config <file>", "a KubeProxyConfiguration, as kube-proxy reads it")
    .option("--node-name <name>", "the node that the ruleset is for (default: the only Node given, or the host name)");
  if (live) {
    command
      .option("--kubeconfig <file>", "read a live cluster instead of files")
      .option("--context <name>", "the context of the kubeconfig to use");
  }
  command
    .addOption(new Option("--family <family>", "print or load one family only").choices(["ip", "ip6"]))
    .addOption(
      new Option("--ipv6-affinity <method>", "how IPv6 clients stick (default: remember where nft can)").choices([
        "remember",
        "hash",
      ]),
    )
    .option("--counters", "have the kernel count the new connections of each frontend", false)
    .option("--strict", "exit with 1 if the input has problems", false);
  return command.hook("preAction", (_, action) => {
    const { filename, kubeconfig, context }: Options = action.opts();
    const isLive = kubeconfig !== undefined || context !== undefined;
    if (filename.length > 0 && isLive) action.error("error: give -f, or --kubeconfig and --context, but not both");
    if (filename.length > 0 || isLive) return;
    const orLive = live ? ", or --kubeconfig or --context to read a live cluster" : "";
    action.error(`error: nothing to compile: give -f FILE${orLive}`);
  });
}

/** The ruleset for an nft that may lack what some Services need. */
async function desiredHere(options: Options, host: Host): Promise<Desired> {
  const { hasIPv6DynamicMaps } = await import("../io/nft/nft.ts");
  const canRemember = options.ipv6Affinity === undefined && (await hasIPv6DynamicMaps());
  const family = options.family ?? (hostFamilies().includes("ip6") ? undefined : "ip");
  const desired = await desiredRuleset(withAffinity({ ...options, family }, canRemember ? "remember" : "hash"), host);
  const isHashed = desired.ruleset.some(({ chains }) => [...chains.keys()].some((name) => name.endsWith("-hashed")));
  if (isHashed && options.ipv6Affinity === undefined) {
    say("this nft cannot remember IPv6 clients (1.0.7 can); sticky IPv6 Services choose endpoints by source address");
  }
  return desired;
}

async function changesHere(ruleset: Ruleset) {
  const { readTable } = await import("../io/nft/nft.ts");
  const changes = [];
  for (const after of ruleset) {
    const applied = await readTable(after);
    const before = applied ?? emptyTable(after.family);
    changes.push({ before, after, transaction: diffTables(applied, after) });
  }
  return { lines: changeLines(changes), text: printTransactions(changes.map(({ transaction }) => transaction)) };
}

function withAffinity(
  options: Omit<Sources, "ipv6Affinity"> & Partial<Pick<Options, "ipv6Affinity">>,
  method: Sources["ipv6Affinity"],
): Sources {
  return { ...options, ipv6Affinity: options.ipv6Affinity ?? method };
}

/** For a ruleset that is for another machine: what is known of that one is in its Node. */
function noHost(): Host {
  return { hostname: hostName(), addresses: [] };
}

function thisHost(): Host {
  return { hostname: hostName(), addresses: hostAddresses() };
}

function report(options: Options, desired: Desired): Desired {
  for (const problem of [...desired.notes, ...desired.problems]) say(problemLine(problem));
  if (options.strict && desired.problems.length > 0) process.exitCode = exitDifferent;
  return desired;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error && !isClosedPipe(error) ? reject(error) : resolve()));
  });
}

/** A reader that has seen enough, such as head(1), is no failure. */
function isClosedPipe(error: NodeJS.ErrnoException): boolean {
  return error.code === "EPIPE";
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (!isClosedPipe(error)) process.exitCode = exitFailure;
});

/** commander suggests the nearest option for `--unknown`, but not for `--unknown=value`. */
function withoutUnknownValues(args: readonly string[]): readonly string[] {
  const { options = [] } = program.commands.find((command) => command.name() === args[0]) ?? {};
  return args.map((arg) => {
    const [, flag] = /^(--[^=]+)=/.exec(arg) ?? [];
    return flag === undefined || options.some(({ long }) => long === flag) ? arg : flag;
  });
}

await program.parseAsync(withoutUnknownValues(process.argv.slice(2)), { from: "user" }).catch(fail);

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : exitFailure;
    return;
  }
  if (error instanceof InputError) for (const problem of error.problems) say(problemLine(problem));
  say(`kube-nft: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = exitFailure;
}

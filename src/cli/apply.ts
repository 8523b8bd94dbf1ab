import type { Command } from "commander";
import { hostAddresses } from "../io/host/addresses.ts";
import { printTransactions } from "../nft/print-transaction.ts";
import { refuseBesideAgent } from "./beside-agent.ts";
import { answersYes } from "./confirm.ts";
import { examples, exitFailure, exitProblems, say, writeLines } from "./output.ts";
import type { Wanted } from "./ruleset.ts";
import { type SourceOptions, withSources } from "./sources.ts";

type ApplyOptions = SourceOptions & { readonly yes: boolean; readonly force: boolean };

export function apply(command: Command): void {
  const summary = "Load the ruleset on this machine, in place, and report what changed. Needs CAP_NET_ADMIN.";
  withSources(command, false)
    .summary(summary)
    .description(
      `${summary}

It replaces everything that kube-nft serves on this machine: a Service that is not in the input is removed. It asks
before it removes a frontend that is served now. Without a terminal it needs --yes for that, or exits with code 2.`,
    )
    .option("-y, --yes", "remove frontends that the input does not have, without asking", false)
    .option("--force", "proceed although an agent runs here and will undo it", false)
    .action(async (options: ApplyOptions) => {
      const { rulesetHere } = await import("./ruleset.ts");
      const wanted = await rulesetHere(options, hostAddresses());
      if (wanted.isRefused) {
        say("kube-nft: the input has problems and --strict is given; nothing was loaded");
        process.exitCode = exitProblems;
        return;
      }
      if (!options.force) await refuseBesideAgent();
      await load(wanted.tables, options.yes);
    })
    .addHelpText(
      "after",
      examples(
        "kube-nft apply -f manifests/ --node-name node-1",
        "kubectl get svc,endpointslices,nodes,servicecidrs -A -o json | kube-nft apply -f - --yes",
      ),
    );
}

async function load(tables: Wanted["tables"], isAgreed: boolean): Promise<void> {
  const { changesHere } = await import("./changes.ts");
  const { applyText } = await import("../io/nft/nft.ts");
  for (let triesLeft = 2; ; triesLeft--) {
    const { differences, losses, steps } = await changesHere(tables);
    if (losses.length > 0 && !isAgreed && !(await isAgreedTo(losses))) {
      process.exitCode = exitFailure;
      return;
    }
    try {
      for (const step of steps) await applyText(printTransactions([step]));
    } catch (error) {
      // Another program may have changed the tables after they were read.
      if (triesLeft > 0) continue;
      throw error;
    }
    const { differenceLines } = await import("../ask/table-changes.ts");
    await writeLines([...differenceLines(differences), steps.length === 0 ? "nothing to change" : "applied"]);
    return;
  }
}

async function isAgreedTo(losses: readonly string[]): Promise<boolean> {
  for (const line of losses.slice(0, mostLines)) say(line);
  if (losses.length > mostLines) say(`and ${losses.length - mostLines} more`);
  const frontends = losses.length === 1 ? "a frontend that is" : `${losses.length} frontends that are`;
  const answer = await answersYes(`Remove ${frontends} served now?`);
  if (answer === undefined)
    say(`kube-nft: this would remove ${frontends} served now; nothing was loaded. Use --yes to load it`);
  if (answer === false) say("kube-nft: nothing was loaded");
  return answer === true;
}

/** Nobody reads more than this. */
const mostLines = 20;

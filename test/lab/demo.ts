/**
 * Shows what a ruleset does to connections: `npm run demo`. It makes a small world of network namespaces, loads what
 * kube-nft makes of `fixtures/demo.yaml` into the node there, connects some hundred times, and prints who answered.
 *
 * The table goes to stdout, what is going on to stderr. Where there can be no lab, the ruleset is printed instead.
 */

import { printRuleset } from "../../src/nft/print-ruleset.ts";
import type { Ruleset } from "../../src/nft/ruleset.ts";
import { state } from "../packets/state.ts";
import { type Answers, type Call, calls, expectedShare, makeCalls } from "./demo-calls.ts";
import { callLines, header } from "./demo-table.ts";
import { createLab } from "./lab.ts";
import { labUnavailable } from "./unavailable.ts";

const ruleset = await state("demo", "hash");
const reason = labUnavailable();
if (reason === undefined) {
  await show();
} else {
  say(`no packets here: ${reason}. This is the ruleset that they would meet.`);
  process.stdout.write(printRuleset(ruleset));
}

async function show(): Promise<void> {
  say("making network namespaces: a node with four pods, another node with its pods, an outside client");
  const lab = await createLab();
  try {
    const start = performance.now();
    await lab.load(printRuleset(ruleset));
    say(`loaded the ruleset of fixtures/demo.yaml in ${Math.round(performance.now() - start)} ms: ${size(ruleset)}`);
    const count = calls.reduce((sum, call) => sum + call.count, 0);
    say(`connecting ${count} times`);
    process.stdout.write(`\n${header()}`);
    for (const call of calls) {
      const answers = await makeCalls(lab, call);
      process.stdout.write(callLines(call, answers));
      if (!isAsExpected(call, answers)) process.exitCode = 1;
    }
    process.stdout.write("\n");
    if (process.exitCode === 1) say("this is not what should have happened");
  } finally {
    await lab.close();
  }
  say("the network namespaces are gone");
}

/** Whether those answered who should, and about as often as they should: five standard deviations are no chance. */
function isAsExpected(call: Call, answers: readonly Answers[]): boolean {
  const endpoints = call.isSticky ? [] : call.endpoints;
  return [...new Set([...endpoints, ...answers.map(({ endpoint }) => endpoint)])].every((endpoint) => {
    const share = expectedShare(call, answers, endpoint);
    const count = answers.find((each) => each.endpoint === endpoint)?.count ?? 0;
    return Math.abs(count - share * call.count) <= 5 * Math.sqrt(call.count * share * (1 - share));
  });
}

function size(tables: Ruleset): string {
  const sets = tables.flatMap((table) => [...table.sets.values()]);
  const elements = sets.reduce((sum, set) => sum + set.elements.length, 0);
  const chains = tables.reduce((sum, table) => sum + table.chains.size, 0);
  return `${tables.length} tables, ${chains} chains, ${sets.length} sets and maps with ${elements} elements`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

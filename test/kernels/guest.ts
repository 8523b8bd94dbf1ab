/**
 * The program of a guest: it loads all rulesets and sends packets, with each nft, and replaces endpoints while connections
 * go on. Usage: node guest.ts <work.json>. It writes a Finding a line.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { namesIn, root } from "../golden/fixture.ts";
import { createLab, type Lab } from "../lab/lab.ts";
import { type Nft, nfts, remembersIPv6Clients } from "../lab/nfts.ts";
import { listeners } from "../packets/listeners.ts";
import { perProgram } from "../packets/program.ts";
import { isDrawn, type Seen, sendAll } from "../packets/rounds.ts";
import { row, type Table } from "../packets/row.ts";
import { allRows } from "../packets/rows/all.ts";
import { type Finding, type Replacement, slipsIn, type Work } from "./findings.ts";

const [, , file = ""] = process.argv;
const work: Work = JSON.parse(readFileSync(file, "utf8"));
/** The lab's nft, which becomes one after the other. */
const nftNow = "/tmp/nft";
const sent = perProgram<Seen>();

try {
  tell({ kind: "system", release: release() });
  becomes(nfts[0]);
  const lab = await createLab({ ...listeners, nft: nftNow });
  for (const nft of nfts) await tryNft(lab, nft);
  for (const replacement of work.replacements) await replace(lab, replacement);
  tell({ kind: "done" });
} catch (error) {
  tell({ kind: "failed", text: String(error) });
}
process.exit();

function becomes(nft: Nft | undefined): void {
  writeFileSync(nftNow, `#!/bin/sh\nexec ${nft?.path} "$@"\n`, { mode: 0o755 });
}

async function tryNft(lab: Lab, nft: Nft): Promise<void> {
  becomes(nft);
  const name = /\d+\.\d+\.\d+/.exec((await lab.nft(["--version"])).stdout)?.[0] ?? nft.name;
  const isLoadable = (text: string) => remembersIPv6Clients(nft.path) || !/update @\S+ \{ ip6 /.test(text);
  const rulesets = namesIn("rules", ".nft")
    .map((fixture) => ({ fixture, text: readFileSync(`${root}/rules/${fixture}.nft`, "utf8") }))
    .filter(({ text }) => isLoadable(text));
  say(`nft ${name}: ${rulesets.length} rulesets`);
  // Each replaces the one before it. Where one is refused, so are all: then each is tried alone.
  const all = await load(lab, rulesets.map(({ text }) => text).join(""));
  for (const { fixture, text } of rulesets) {
    const refusal = all === undefined ? undefined : await load(lab, text);
    if (refusal !== undefined) tell({ kind: "refused", nft: name, fixture, text: refusal });
    else if (work.packets.includes(fixture)) await send(lab, name, fixture, text);
  }
  tell({ kind: "loaded", nft: name, rulesets: rulesets.length });
}

/** What nft says where it refuses a ruleset. */
async function load(lab: Lab, text: string): Promise<string | undefined> {
  const { exitCode, stderr } = await lab.nft(["-f", "-"], `flush ruleset; ${text}`);
  return exitCode === 0 ? undefined : stderr.slice(0, 1000);
}

/** Sends the packets of a fixture; where the kernel holds what it held with another nft, they have been sent. */
async function send(lab: Lab, nft: string, fixture: string, text: string): Promise<void> {
  const table: Table = allRows.routed;
  const rows = (table[fixture] ?? []).map(row);
  say(`nft ${nft}: packets of ${fixture}`);
  const seen = await sent(lab, fixture, text, () => sendAll(lab, text, rows, false));
  for (const [row, came] of seen) {
    // Who sticks by a hash is always with the same one.
    const isRight =
      row.isSticky && !isDrawn(row, text)
        ? came.every((outcome) => row.outcomes.includes(outcome))
        : came.join() === row.outcomes.join();
    if (!isRight) tell({ kind: "wrong", nft, sentence: `${fixture}: ${row.sentence}`, came });
  }
  tell({ kind: "sent", nft, rows: rows.length });
}

async function replace(lab: Lab, { fixture, ruleset, there, back, calls }: Replacement): Promise<void> {
  say(`an endpoint of ${fixture} is replaced ${work.commits} times`);
  await lab.load(ruleset.replaceAll(/(served) drop$/gm, "$1 counter drop"));
  const outcomes: Record<string, number> = {};
  let isGoingOn = true;
  let complaints = "";
  const commit = async () => {
    // An nft that stays takes a little longer for each line than for the one before.
    for (let done = 0; done < work.commits; done += 200) {
      const lines = Array.from({ length: 100 }, () => `${there}\n${back}\n`).join("");
      complaints += (await lab.run("node", [nftNow, "-i"], lines)).stderr.slice(0, 1000);
    }
    isGoingOn = false;
  };
  const call = async (probe: Replacement["calls"][number]) => {
    while (isGoingOn) {
      for (const [outcome, count] of Object.entries(await lab.volley(probe, { count: 40, atOnce: 10 }))) {
        outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
      }
    }
  };
  await Promise.all([commit(), ...calls.map(call)]);
  const { stdout } = await lab.nft(["list", "ruleset"]);
  tell({ kind: "replaced", fixture, commits: work.commits, outcomes, slips: slipsIn(stdout), complaints });
}

function say(text: string): void {
  tell({ kind: "progress", text });
}

function tell(finding: Finding): void {
  process.stdout.write(`${JSON.stringify(finding)}\n`);
}

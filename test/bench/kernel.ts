import { execa } from "execa";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import type { Figure } from "./figures.ts";
import { handWrittenRuleset } from "./hand-written.ts";
import { syntheticRuleset } from "./pure.ts";
import { type Size, syntheticList } from "./synthetic.ts";

/** How long nft and the kernel take to load the ruleset, and the hand-written one, in turn. */
export async function loadFigures(size: Size, runs: number): Promise<readonly Figure[]> {
  const ours = printRuleset(syntheticRuleset(syntheticList(size)));
  const byHand = handWrittenRuleset(size);
  const times: { readonly ours: number[]; readonly byHand: number[] } = { ours: [], byHand: [] };
  for (let run = 0; run <= runs; run++) {
    const pair = [await load(ours), await load(byHand)] as const;
    if (run === 0) continue;
    times.ours.push(pair[0]);
    times.byHand.push(pair[1]);
  }
  const label = `${size.services} x ${size.endpoints}`;
  return [
    { name: `${label}: nft -f`, unit: "ms", values: times.ours },
    { name: `${label}: nft -f, written by hand`, unit: "ms", values: times.byHand },
  ];
}

/** Loads a text in a new network namespace, and returns how long that took, in ms. */
async function load(text: string): Promise<number> {
  const { durationMs } = await execa("unshare", ["-n", "nft", "-f", "-"], { input: text });
  return durationMs;
}

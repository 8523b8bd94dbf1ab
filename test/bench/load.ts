import { execa } from "execa";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { type Figure, inTurn } from "./figures.ts";
import { handWrittenRuleset } from "./hand-written.ts";
import { syntheticRuleset } from "./layouts/kube-nft.ts";
import { type Size, syntheticServices } from "./synthetic.ts";

/** How long nft and the kernel take to load the ruleset, and the hand-written one, in turn. */
export async function loadFigures(size: Size, runs: number): Promise<readonly Figure[]> {
  const texts = [
    { variant: "compiled", text: printRuleset(syntheticRuleset(syntheticServices(size))) },
    { variant: "written by hand", text: handWrittenRuleset(size) },
  ];
  const times = await inTurn(texts, runs, ({ text }) => load(text));
  return texts.map((each) => ({ name: "nft -f", variant: each.variant, unit: "ms", values: times.get(each) ?? [] }));
}

/** Loads a text in a new network namespace, and returns how long that took, in ms. */
async function load(text: string): Promise<number> {
  const { durationMs } = await execa("unshare", ["-n", "nft", "-f", "-"], { input: text });
  return durationMs;
}

import { compile } from "../../src/compile/compile.ts";
import { decodeCluster } from "../../src/decode/cluster.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { diffTables } from "../../src/nft/transaction.ts";
import { type Figure, time } from "./figures.ts";
import { settings, syntheticRuleset } from "./layouts/kube-nft.ts";
import { type Size, syntheticList, syntheticServices } from "./synthetic.ts";

/** Decoding, compiling, printing and comparing, in this process. */
export async function pureFigures(size: Size, runs: number): Promise<readonly Figure[]> {
  const services = syntheticServices(size);
  const text = syntheticList(services);
  const decode = () => decodeCluster([{ object: JSON.parse(text) }]);
  const { cluster } = decode();
  const ruleset = syntheticRuleset(services);
  const measures: readonly (readonly [string, () => unknown])[] = [
    ["JSON and decode", decode],
    ["compile", () => compile(cluster, settings)],
    ["print", () => printRuleset(ruleset)],
    ["compile and print", () => printRuleset(compile(cluster, settings).ruleset)],
    ["diff of equal tables", () => ruleset.map((each) => diffTables(each, each))],
  ];
  const figures: Figure[] = [];
  for (const [name, body] of measures) figures.push({ name, unit: "ms", values: await time(runs, body) });
  return [
    ...figures,
    { name: "chains", unit: "count", values: [count(ruleset.map(({ chains }) => chains.size))] },
    { name: "sets and maps", unit: "count", values: [count(ruleset.map(({ sets }) => sets.size))] },
  ];
}

function count(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

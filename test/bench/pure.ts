import { compile } from "../../src/compile/compile.ts";
import { defaultConfig } from "../../src/config/config.ts";
import { resolveSettings } from "../../src/config/settings.ts";
import { decodeCluster } from "../../src/decode/cluster.ts";
import { cidr } from "../../src/model/cidr.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { diffTables } from "../../src/nft/transaction.ts";
import { type Figure, time } from "./figures.ts";
import { podCIDR, type Size, syntheticList, syntheticNode } from "./synthetic.ts";

/** Decoding, compiling, printing and comparing, in this process. */
export async function pureFigures(size: Size, runs: number): Promise<readonly Figure[]> {
  const text = syntheticList(size);
  const { cluster } = decodeCluster([{ object: JSON.parse(text) }]);
  const ruleset = syntheticRuleset(text);
  const label = `${size.services} x ${size.endpoints}`;
  return [
    {
      name: `${label}: JSON and decode`,
      unit: "ms",
      values: await time(runs, () => decodeCluster([{ object: JSON.parse(text) }])),
    },
    { name: `${label}: compile`, unit: "ms", values: await time(runs, () => compile(cluster, settings)) },
    { name: `${label}: print`, unit: "ms", values: await time(runs, () => printRuleset(ruleset)) },
    {
      name: `${label}: compile and print`,
      unit: "ms",
      values: await time(runs, () => printRuleset(compile(cluster, settings).ruleset)),
    },
    {
      name: `${label}: diff of equal tables`,
      unit: "ms",
      values: await time(runs, () => ruleset.map((each) => diffTables(each, each))),
    },
    { name: `${label}: chains`, unit: "count", values: [count(ruleset.map(({ chains }) => chains.size))] },
    { name: `${label}: sets and maps`, unit: "count", values: [count(ruleset.map(({ sets }) => sets.size))] },
  ];
}

export function syntheticRuleset(list: string) {
  return compile(decodeCluster([{ object: JSON.parse(list) }]).cluster, settings).ruleset;
}

const clusterCIDRs = [cidr(podCIDR)].filter((each) => each !== undefined);

const { settings } = resolveSettings({
  config: { ...defaultConfig, detectLocal: { kind: "ClusterCIDR", clusterCIDRs } },
  node: undefined,
  nodeName: syntheticNode,
  interfaceAddresses: [],
  serviceCIDRs: [],
  ip6Affinity: "remember",
  counters: false,
});

function count(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

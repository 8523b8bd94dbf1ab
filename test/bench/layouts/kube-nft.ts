import { compile } from "../../../src/compile/compile.ts";
import { allCapabilities } from "../../../src/compile/settings.ts";
import { resolveSettings } from "../../../src/config/settings.ts";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import { readKnown } from "../../../src/io/nft/known-table.ts";
import { cidr } from "../../../src/model/cidr.ts";
import { printTransactions } from "../../../src/nft/print-transaction.ts";
import type { Ruleset } from "../../../src/nft/ruleset.ts";
import { diffTables, restoreTable, withSpares } from "../../../src/nft/transaction.ts";
import { defaultConfig } from "../../support/default-config.ts";
import { podCIDR, type SyntheticService, syntheticList, syntheticNode } from "../synthetic.ts";
import type { Layout } from "./layout.ts";

/** Ours: what the compiler makes, and the transactions that the agent would send. */
export const kubeNFT: Layout = {
  name: "kube-nft",
  load: (services) => printTransactions(syntheticRuleset(services).map((table) => diffTables(undefined, table))),
  restore: async (services, namespace) => {
    const desired = syntheticRuleset(services);
    const present = await namespace.withPrograms(["socat"], () =>
      Promise.all(desired.map((table) => readKnown(table))),
    );
    return printTransactions(desired.map((table, i) => restoreTable(present[i], table)));
  },
  change: (from, to) => {
    const before = syntheticRuleset(from);
    return printTransactions(syntheticRuleset(to).map((table, i) => diffTables(before[i], table)));
  },
};

export function syntheticRuleset(services: readonly SyntheticService[]): Ruleset {
  const known = rulesets.get(services);
  if (known !== undefined) return known;
  const { cluster } = decodeCluster([{ object: JSON.parse(syntheticList(services)) }]);
  // The agent has the chains ready that no element leads to yet.
  const ruleset = compile(cluster, settings).ruleset.map(withSpares);
  rulesets.set(services, ruleset);
  return ruleset;
}

/** Large ones take seconds to make, and many changes start from the same. */
const rulesets = new WeakMap<readonly SyntheticService[], Ruleset>();

const clusterCIDRs = [cidr(podCIDR)].filter((each) => each !== undefined);

export const { settings } = resolveSettings({
  config: { ...defaultConfig, clusterCIDRs },
  node: undefined,
  nodeName: syntheticNode,
  interfaceAddresses: [],
  serviceCIDRs: [],
  otherClusterIPs: [],
  capabilities: { ip: allCapabilities, ip6: allCapabilities },
  counters: false,
  apiServer: [],
});

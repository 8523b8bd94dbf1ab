import { beforeAll, describe, expect, test } from "@jest/globals";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { fixtureNames } from "../golden/fixture.ts";
import type { LabOptions } from "../lab/lab.ts";
import { isDrawn, type Seen, sendAll } from "./rounds.ts";
import { row, type Table } from "./row.ts";
import { clusterIP } from "./rows/cluster-ip.ts";
import { conflicts } from "./rows/conflicts.ts";
import { endpoints } from "./rows/endpoints.ts";
import { loadBalancer } from "./rows/load-balancer.ts";
import { masquerade, masqueradeBehindBridge } from "./rows/masquerade.ts";
import { nodePort } from "./rows/node-port.ts";
import { nodePortAddresses } from "./rows/node-port-addresses.ts";
import { serviceCIDRs } from "./rows/service-cidrs.ts";
import { sessionAffinity } from "./rows/session-affinity.ts";
import { sourceRanges } from "./rows/source-ranges.ts";
import { topology } from "./rows/topology.ts";
import { trafficPolicies } from "./rows/traffic-policies.ts";
import { state } from "./state.ts";
import { describeWithLab } from "./with-lab.ts";

const table: Table = {
  ...clusterIP,
  ...conflicts,
  ...endpoints,
  ...loadBalancer,
  ...masquerade,
  ...nodePort,
  ...nodePortAddresses,
  ...serviceCIDRs,
  ...sessionAffinity,
  ...sourceRanges,
  ...topology,
  ...trafficPolicies,
};

rowTests(table);
rowTests(masqueradeBehindBridge, { podNetwork: "bridge" });

test("there are rows for every fixture", () => {
  const tested = new Set([...Object.keys(table), ...Object.keys(masqueradeBehindBridge)]);
  // Its endpoints are hosts on the Internet: see neighbours.test.ts.
  expect(fixtureNames.filter((fixture) => !tested.has(fixture))).toEqual(["external-service"]);
});

function rowTests(table: Table, options: LabOptions = {}): void {
  describeWithLab(
    options.podNetwork === undefined ? "packets" : `packets, pods behind a ${options.podNetwork}`,
    ({ lab, ipv6Affinity }) => {
      describe.each(Object.entries(table))("%s", (fixture, sentences) => {
        const rows = sentences.map(row);
        let ruleset = "";
        let seen: Seen;
        beforeAll(async () => {
          ruleset = printRuleset(await state(fixture, ipv6Affinity));
          seen = await sendAll(lab(), ruleset, rows);
        });
        test.each(rows)("$sentence", (row) => {
          const came = seen.get(row) ?? [];
          if (!row.isSticky || isDrawn(row, ruleset)) expect(came).toEqual(row.outcomes);
          else for (const outcome of came) expect(row.outcomes).toContain(outcome);
        });
      });
    },
    options,
  );
}

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { desiredTables } from "../../src/cli/desired.ts";
import { outputText } from "../../src/compile/outputs.ts";
import { sourcesOf } from "../golden/sources.ts";
import { createLab, type Lab } from "../lab/lab.ts";
import { labSkipped } from "../lab/unavailable.ts";
import { isThorough } from "../support/thorough.ts";
import { listeners } from "./listeners.ts";
import { type Row, row } from "./row.ts";
import { allRows } from "./rows/all.ts";
import { send } from "./send.ts";

/** One of each kind. With THOROUGH=1, those of all fixtures. */
const sample = [
  "cluster-ip-dual-stack",
  "cluster-ip-protocols",
  "deny-source-ranges",
  "detect-local-cluster-cidrs",
  "endpoints-none",
  "external-traffic-policy-local",
  "external-traffic-policy-local-dual-stack",
  "internal-traffic-policy-local-none-here",
  "kubia",
  "load-balancer-on-own-endpoint",
  "node-port-addresses-cidrs",
  "node-port-source-ranges",
  "service-cidrs",
  "session-affinity-external-traffic-policy-local",
  "source-ranges",
  "source-ranges-no-endpoints",
  "topology-external-traffic",
];

const tables = Object.entries(allRows.routed)
  .filter(([fixture]) => isThorough || sample.includes(fixture))
  .map(([fixture, sentences]) => ({ fixture, rows: sentences.map(row) }));

const describeHere = labSkipped() ? describe.skip : describe;

describeHere("packets through the rules that `render -o iptables` and `-o ip6tables` print", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await createLab(listeners);
  });
  afterAll(() => lab?.close());

  describe.each(tables)("$fixture", ({ fixture, rows }) => {
    const seen = new Map<Row, readonly string[]>();
    beforeAll(async () => {
      await load(lab, fixture);
      await Promise.all(rows.map(async (row) => seen.set(row, await send(lab, row))));
    });
    test.each(rows)("$sentence", (row) => {
      const came = seen.get(row) ?? [];
      // Each client of a sticky frontend has one of the endpoints, and some of them may have none.
      if (row.isSticky) for (const outcome of came) expect(row.outcomes).toContain(outcome);
      else expect(came).toEqual(row.outcomes);
    });
  });
});

/** Makes what the fixture's command prints, with other formats, the only rules of the node. */
async function load(lab: Lab, fixture: string): Promise<void> {
  const { tables, settings } = await desiredTables(sourcesOf(fixture, "remember"), { hostname: "", addresses: [] });
  await lab.load("");
  for (const output of ["iptables", "ip6tables"] as const) {
    const { text } = outputText(tables, settings, output);
    const { exitCode, stderr } = await lab.run("node", [`${output}-restore`, "--noflush"], text);
    if (exitCode !== 0) throw new Error(`${output}-restore refuses the rules: ${stderr}`);
  }
}

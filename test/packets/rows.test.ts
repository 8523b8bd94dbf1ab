import { beforeAll, describe, expect, test } from "@jest/globals";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { fixtureNames } from "../golden/fixture.ts";
import type { LabOptions } from "../lab/lab.ts";
import { perProgram } from "./program.ts";
import { isDrawn, type Seen, sendAll } from "./rounds.ts";
import { row, type Table } from "./row.ts";
import { allRows } from "./rows/all.ts";
import { state } from "./state.ts";
import { describeWithLab } from "./with-lab.ts";

rowTests(allRows.routed);
rowTests(allRows.bridge, { podNetwork: "bridge" });

test("there are rows for every fixture", () => {
  const tested = new Set(Object.values(allRows).flatMap((table) => Object.keys(table)));
  // Its endpoints are hosts on the Internet: see neighbours.test.ts.
  expect(fixtureNames.filter((fixture) => !tested.has(fixture))).toEqual(["external-service"]);
});

function rowTests(table: Table, options: LabOptions = {}): void {
  const rowsOf = Object.entries(table).map(([fixture, sentences]) => [fixture, sentences.map(row)] as const);
  const sent = perProgram<Seen>();
  describeWithLab(
    options.podNetwork === undefined ? "packets" : `packets, pods behind a ${options.podNetwork}`,
    ({ lab, ipv6Affinity }) => {
      describe.each(rowsOf)("%s", (fixture, rows) => {
        let ruleset = "";
        let seen: Seen;
        beforeAll(async () => {
          ruleset = printRuleset(await state(fixture, ipv6Affinity));
          seen = await sent(lab(), fixture, ruleset, () => sendAll(lab(), ruleset, rows));
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

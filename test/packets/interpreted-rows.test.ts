import { beforeAll, describe, expect, test } from "@jest/globals";
import { mapsAfter } from "../../src/nft/evaluate/outcome.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import type { PodNetwork } from "../lab/topology.ts";
import { type Interpreter, interpreter } from "./interpret.ts";
import { isDrawn } from "./rounds.ts";
import { row, type Table } from "./row.ts";
import { allRows } from "./rows/all.ts";
import { clients } from "./send.ts";
import { state } from "./state.ts";

interpretedRows(allRows.routed, "routed");
interpretedRows(allRows.bridge, "bridge");

/** What the rows say of the kernel, the interpreter says too. */
function interpretedRows(table: Table, podNetwork: PodNetwork): void {
  const cases = Object.entries(table).flatMap(([fixture, sentences]) =>
    (["remember", "hash"] as const).map((ipv6Affinity) => ({ fixture, sentences, ipv6Affinity })),
  );
  describe.each(cases)(
    `$fixture, pods ${podNetwork}, IPv6 affinity $ipv6Affinity`,
    ({ fixture, sentences, ipv6Affinity }) => {
      const rows = sentences.map(row);
      let text = "";
      let interpret: Interpreter;
      beforeAll(async () => {
        const ruleset = await state(fixture, ipv6Affinity);
        text = printRuleset(ruleset);
        interpret = interpreter(ruleset, podNetwork);
      });

      test.each(rows)("$sentence", (row) => {
        for (const from of row.isSticky ? clients(row) : [row.from]) {
          const journey = { ...row, from };
          const first = interpret(journey);
          const outcomes = [...new Set(first.map(({ words }) => words))].sort();
          if (!row.isSticky || isDrawn(row, text)) expect(outcomes).toEqual(row.outcomes);
          else for (const outcome of outcomes) expect(row.outcomes).toContain(outcome);
          for (const { result, effects } of row.isSticky ? first : []) {
            expect(interpret(journey, mapsAfter(new Map(), effects)).map((next) => next.result)).toEqual([result]);
          }
        }
      });
    },
  );
}

import { expect, test } from "@jest/globals";
import { inSteps } from "../../src/daemon/table/steps.ts";
import { printTransactions } from "../../src/nft/print-transaction.ts";
import { diffTables } from "../../src/nft/transaction.ts";
import type { UseCounts } from "../lab/messages.ts";
import { state } from "./state.ts";
import { describeWithLab } from "./with-lab.ts";

const frontends = [
  { to: "10.96.0.10", port: 80 },
  { to: "192.0.2.10", port: 30080 },
  { to: "fd00:10:96::10", port: 80 },
  { to: "10.96.0.11", port: 443 },
] as const;

/** One of four endpoints stays out of so many calls once in 1e9. */
const enough = 80;

describeWithLab("a table that is loaded in steps", ({ lab, ipv6Affinity }) => {
  test("serves a frontend with all of its endpoints, or not yet, and refuses nobody meanwhile", async () => {
    const ruleset = await state("demo", ipv6Affinity);
    const steps = ruleset.flatMap((table) => inSteps(diffTables(undefined, table), 1));
    await lab().load("");
    const seen: (readonly string[])[][] = [];
    for (const step of steps) {
      const { exitCode, stderr } = await lab().nft(["-f", "-"], printTransactions([step]));
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      const tallies: UseCounts[] = [];
      for (const frontend of frontends) {
        tallies.push(
          await lab().volley({ from: "client", ...frontend, patience: 300 }, { count: enough, atOnce: enough }),
        );
      }
      seen.push(tallies.map((tally) => Object.keys(tally).sort()));
    }
    const last = seen.at(-1) ?? [];
    expect(last.every((outcomes) => outcomes.every((outcome) => outcome.startsWith("pod")))).toBe(true);
    for (const [index, whole] of last.entries()) {
      const before = seen.map((outcomes) => outcomes[index] ?? []);
      const served = before.findIndex((outcomes) => outcomes.some((outcome) => outcome.startsWith("pod")));
      expect(served).toBeGreaterThan(0);
      for (const outcomes of before.slice(served)) expect(outcomes).toEqual(whole);
      for (const outcomes of before.slice(0, served)) {
        expect(outcomes.filter((outcome) => outcome.startsWith("refused"))).toEqual([]);
      }
    }
  });
});

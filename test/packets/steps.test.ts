import { expect, test } from "@jest/globals";
import { inSteps } from "../../src/daemon/table/steps.ts";
import { printTransactions } from "../../src/nft/print-transaction.ts";
import { diffTables } from "../../src/nft/transaction.ts";
import type { Lab } from "../lab/lab.ts";
import { state } from "./state.ts";
import { type Frontend, patience as longPatience } from "./sticky.ts";
import { describeWithLab } from "./with-lab.ts";

const frontends = [
  { to: "10.96.0.10", port: 80 },
  { to: "192.0.2.10", port: 30080 },
  { to: "fd00:10:96::10", port: 80 },
  { to: "10.96.0.11", port: 443 },
] as const;

/** One of four endpoints stays out of so many calls once in 1e9. */
const enough = 80;

/** What comes of calls to a frontend. Where some are answered, nobody is in a hurry. */
async function outcomes(lab: Lab, frontend: Frontend): Promise<readonly string[]> {
  const call = (patience: number) =>
    lab.volley({ from: "client", ...frontend, patience }, { count: enough, atOnce: enough }).then(Object.keys);
  const soon = await call(300);
  return (soon.length > 1 ? await call(longPatience) : soon).sort();
}

describeWithLab("a table that is loaded in steps", ({ lab, ipv6Affinity }) => {
  test("serves a frontend with all of its endpoints, or not yet, and refuses nobody meanwhile", async () => {
    const ruleset = await state("demo", ipv6Affinity);
    const steps = ruleset.flatMap((table) => inSteps(diffTables(undefined, table), 1));
    await lab().load("");
    const seen: (readonly string[])[][] = [];
    for (const step of steps) {
      const { exitCode, stderr } = await lab().nft(["-f", "-"], printTransactions([step]));
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      seen.push(await Promise.all(frontends.map((frontend) => outcomes(lab(), frontend))));
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

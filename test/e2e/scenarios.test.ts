import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { OpenConnection } from "../lab/lab.ts";
import { labSkipped } from "../lab/unavailable.ts";
import { Cluster } from "./cluster.ts";
import { scenarios } from "./scenarios/all.ts";
import { imageNft } from "./with-node.ts";

const nft = imageNft();
const describeHere = labSkipped() || !existsSync(nft.path) ? describe.skip : describe;

describeHere("on three nodes", () => {
  let cluster: Cluster | undefined;
  beforeAll(async () => {
    cluster = await Cluster.start(nft.path);
  });
  afterAll(() => cluster?.close());

  describe.each(scenarios)("$name", ({ steps, connections = [] }) => {
    const open: OpenConnection[] = [];
    test.each(steps)("$what", async (step) => {
      await cluster?.take(step);
      if (step === steps[0]) {
        for (const sentence of connections) if (cluster) open.push(await cluster.open(sentence));
      }
      expect(await Promise.all(open.map((each) => each.again()))).toEqual(open.map(({ outcome }) => outcome));
    });
  });

  test("in the end each kernel holds what a fresh compile gives", () => cluster?.caughtUp());
});

import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe } from "@jest/globals";
import { createLab, type Lab } from "../lab/lab.ts";
import { labUnavailable } from "../lab/unavailable.ts";
import { builtProgram } from "../support/built.ts";
import { nftPrograms } from "../support/kernel-test.ts";
import { Node, type NodeOptions } from "./node.ts";

/** Starts a node for a test, and removes it afterwards. */
export type StartNode = (options?: NodeOptions) => Promise<Node>;

/**
 * Tests of the built agent in a lab, with the nft of its image; `allNfts`: once for each nft. If they cannot run they are
 * skipped, with the reason in the name; in CI they run, and fail.
 */
export function describeWithNode(name: string, body: (start: StartNode) => void, { allNfts = false } = {}): void {
  for (const nft of allNfts ? nftPrograms : [imageNft()]) {
    const reason = labUnavailable() ?? (existsSync(nft.path) ? undefined : `there is no ${nft.path}`);
    const isSkipped = reason !== undefined && process.env["CI"] !== "true";
    const title = `${name}, ${nft.name}`;
    const describeHere = isSkipped ? describe.skip : describe;
    describeHere(isSkipped ? `${title} (skipped: ${reason})` : title, () => {
      let lab: Lab | undefined;
      let program: string | undefined;
      const nodes: Node[] = [];
      beforeAll(async () => {
        [lab, program] = await Promise.all([createLab({ nft: nft.path }), builtProgram()]);
      });
      afterEach(async () => {
        await Promise.all(nodes.splice(0).map((node) => node.close()));
      });
      afterAll(() => lab?.close());
      body(async (options = {}) => {
        if (!lab || !program) throw new Error("there is no lab");
        const node = await Node.start(lab, program, nft.path, options);
        nodes.push(node);
        return node;
      });
    });
  }
}

/** Debian 13's, or the machine's if that is as new. */
export function imageNft() {
  const [machine, debian] = nftPrograms;
  if (machine === undefined) throw new Error("no nft is known");
  return debian && existsSync(debian.path) ? debian : machine;
}

import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe } from "@jest/globals";
import type { AffinityMethod } from "../../src/compile/settings.ts";
import { createLab, type Lab, type LabOptions } from "../lab/lab.ts";
import { remembersIPv6Clients } from "../lab/nfts.ts";
import { labUnavailable } from "../lab/unavailable.ts";
import { nftPrograms } from "../support/kernel-test.ts";
import { listeners } from "./listeners.ts";

/** A lab and the nft of its node. */
export type Scene = {
  /** Only for tests and hooks. */
  readonly lab: () => Lab;
  /** How IPv6 clients stick, as far as this nft can. */
  readonly ipv6Affinity: AffinityMethod;
  /** The path of this nft. */
  readonly nft: string;
};

/**
 * Tests with packets, once for each nft that rulesets must load with. Where they cannot run they are skipped, with the
 * reason in the name; in CI they run, and fail.
 */
export function describeWithLab(name: string, body: (scene: Scene) => void, options: LabOptions = {}): void {
  const { CI } = process.env;
  for (const nft of nftPrograms) {
    const reason = labUnavailable() ?? (existsSync(nft.path) ? undefined : `there is no ${nft.path}`);
    const isSkipped = reason !== undefined && CI !== "true";
    const title = `${name}, ${nft.name}`;
    const describeHere = isSkipped ? describe.skip : describe;
    describeHere(isSkipped ? `${title} (skipped: ${reason})` : title, () => {
      let lab: Lab | undefined;
      beforeAll(async () => {
        lab = await createLab({ ...listeners, ...options, nft: nft.path });
      });
      afterAll(() => lab?.close());
      body({
        lab: () => {
          if (!lab) throw new Error("there is no lab");
          return lab;
        },
        ipv6Affinity: isSkipped || remembersIPv6Clients(nft.path) ? "remember" : "hash",
        nft: nft.path,
      });
    });
  }
}

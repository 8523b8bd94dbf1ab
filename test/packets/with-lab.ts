import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe } from "@jest/globals";
import type { AffinityMethod } from "../../src/compile/settings.ts";
import { createLab, type Lab, type LabOptions } from "../lab/lab.ts";
import { labUnavailable } from "../lab/unavailable.ts";
import { hostPorts, podPorts } from "../lab/world.ts";
import { nftPrograms } from "../support/kernel-test.ts";

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

/** Processes of the node listen on NodePorts too, so that it shows where these are left alone. */
const nodePorts = [30001, 30002, 30053, 30080, 30081, 30123, 30641, 31600, 31601, 32675];
export const listeners = { podPorts: [...podPorts, 30001, 50000], hostPorts: [...hostPorts, ...nodePorts] };

/** nft before 1.0.7 aborts on a rule that remembers IPv6 clients. */
function remembersIPv6Clients(nft: string): boolean {
  const { stdout } = spawnSync(nft, ["--version"], { encoding: "utf8" });
  const [major = 0, minor = 0, patch = 0] = (/\d+\.\d+\.\d+/.exec(stdout ?? "")?.[0] ?? "").split(".").map(Number);
  return major > 1 || (major === 1 && (minor > 0 || patch >= 7));
}

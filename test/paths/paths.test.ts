import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { expect, jest, test } from "@jest/globals";
import { root } from "../golden/fixture.ts";
import { kernelTest, nftPrograms } from "../support/kernel-test.ts";
import { everyStep, partOf, someSteps } from "./steps.ts";

jest.setTimeout(600_000);

/** The kernel waits more than it works, so a few processes can share a processor. */
const parts = 3 * availableParallelism();

/** Every step is tried with the oldest nft that we support, and so many of them with the other one. */
const sample = 1500;

kernelTest("a transaction from any fixture's state to any other's leads where a fresh load does", async (nft) => {
  const isSample = nft !== nftPrograms[0]?.path;
  const results = await inParts("walk.ts", nft, isSample ? [String(sample)] : []);
  expect(results.flatMap(({ failures }) => failures)).toEqual([]);
  const states = results[0]?.states ?? 0;
  expect(states).toBeGreaterThan(50);
  expect(sum(results.map(({ done }) => done))).toBe(isSample ? sample : states * states);
});

kernelTest("a state made out of nothing is as a fresh load, and is read back as it is", async (nft) => {
  const results = await inParts("read.ts", nft, []);
  expect(results.flatMap(({ failures }) => failures)).toEqual([]);
  expect(sum(results.map(({ done }) => done))).toBe(results[0]?.states);
});

test("a walk of every step makes each once, and its parts join", () => {
  const walk = everyStep(5);
  const pairs = walk.slice(1).map((to, index) => `${walk[index]}-${to}`);
  expect(new Set(pairs).size).toBe(25);
  expect(pairs).toHaveLength(25);
  const joined = [0, 1, 2].flatMap((part) => partOf(walk, part, 3).slice(part === 0 ? 0 : 1));
  expect(joined).toEqual(walk);
});

test("a walk of some steps has them from everywhere to everywhere", () => {
  const walk = someSteps(10, 5000, 1);
  expect(walk).toHaveLength(5001);
  expect(new Set(walk.slice(1).map((to, index) => `${walk[index]}-${to}`)).size).toBe(100);
});

type Result = { readonly states: number; readonly done: number; readonly failures: readonly string[] };

async function inParts(script: string, nft: string, args: readonly string[]): Promise<readonly Result[]> {
  const { PATH } = process.env;
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: `${root}/.cache/node`,
    PATH: `${dirname(nft)}:${PATH}`,
  };
  return Promise.all(
    Array.from({ length: parts }, async (_, part): Promise<Result> => {
      const command = ["-n", process.execPath, `test/paths/${script}`, String(part), String(parts), ...args];
      const { stdout } = await promisify(execFile)("unshare", command, { cwd: root, env, maxBuffer: 1 << 30 });
      return JSON.parse(stdout);
    }),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

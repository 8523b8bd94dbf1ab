import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { execa } from "execa";

const main = fileURLToPath(new URL("../support/held-objects-main.ts", import.meta.url));

/** How many objects of each form the heap holds that keeps a cluster. */
async function held(services: number, endpoints: number): Promise<Readonly<Record<string, number>>> {
  const args = ["--disable-warning=ExperimentalWarning", main, String(services), String(endpoints)];
  const { stdout } = await execa(process.execPath, args);
  const counts: Readonly<Record<string, number>> = JSON.parse(stdout);
  return counts;
}

test("an agent keeps no object for each endpoint, and of no form more than one for each Service", async () => {
  const [few, longer, more] = await Promise.all([held(300, 10), held(300, 20), held(600, 10)]);
  const grown = (counts: typeof few, least: number) =>
    Object.entries(counts).filter(([form, count]) => count - (few[form] ?? 0) > least);
  expect(grown(longer, 100)).toEqual([]);
  // Of arrays, each Service has several. Slices and plans have endpoints, which are one object as long as there is one slice.
  expect(grown(more, 330)).toEqual([["Array", expect.any(Number)]]);
  expect(((more["Array"] ?? 0) - (few["Array"] ?? 0)) / 300).toBeLessThan(20);
});

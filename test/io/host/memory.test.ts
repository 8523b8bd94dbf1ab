import { expect, test } from "@jest/globals";
import { execa } from "execa";

/** Makes much garbage that has become old, notes work for a while, prints the MB of heap meanwhile, and ends when they are less. */
const program = `
  import { setTimeout } from "node:timers/promises";
  import { Memory } from ${JSON.stringify(new URL("../../../src/io/host/memory.ts", import.meta.url).href)};
  const megabytes = () => Math.round(process.memoryUsage().heapTotal / 1e6);
  const work = () => Array.from({ length: 2_000_000 }, (_, n) => ({ n })).length;
  work();
  const memory = new Memory(300);
  for (let i = 0; i < 10; i++) {
    memory.noteWork();
    await setTimeout(50);
  }
  const busy = megabytes();
  console.log(busy);
  while (megabytes() > 0.75 * busy) await setTimeout(50);
`;

test("memory is returned when there was no work for a while", async () => {
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program];
  // Only where memory is never given back, it takes as long.
  const { stdout } = await execa(process.execPath, args, { timeout: 120_000 });
  expect(Number(stdout)).toBeGreaterThan(60);
});

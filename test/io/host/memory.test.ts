import { expect, test } from "@jest/globals";
import { execa } from "execa";

/** Makes much garbage that has become old, notes work for a while, and prints the MB of heap meanwhile and afterwards. */
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
  await setTimeout(1000);
  console.log(JSON.stringify({ busy, idle: megabytes() }));
`;

test("memory is given back when there was no work for a while", async () => {
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program];
  const { busy, idle } = JSON.parse((await execa(process.execPath, args)).stdout);
  expect(busy).toBeGreaterThan(60);
  expect(idle).toBeLessThan(0.75 * busy);
});

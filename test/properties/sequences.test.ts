import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "@jest/globals";
import { kernelTest } from "../support/kernel-test.ts";
import { times } from "../support/thorough.ts";

const count = times(40, 1000);

const root = fileURLToPath(new URL("../..", import.meta.url));

kernelTest("random changes, applied one by one, leave the kernel with what a fresh compile gives", async (nft) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { stdout } = await promisify(execFile)(
    "unshare",
    ["-n", process.execPath, "test/properties/sequences.ts", String(count), String(seed)],
    {
      cwd: root,
      env: { ...process.env, PATH: `${dirname(nft)}:${process.env["PATH"]}` },
      maxBuffer: 1 << 28,
    },
  );
  const { done, failures } = JSON.parse(stdout);
  expect({ seed, failures }).toEqual({ seed, failures: [] });
  expect(done).toBe(count);
});

import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { execa } from "execa";
import { eventually } from "../../support/eventually.ts";
import { kernelTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

const count = 30_000;

/** A program that gives an nft much to do: more than fits into a pipe or a socket. */
const program = `
  import { applyText } from ${JSON.stringify(new URL("../../../src/io/nft/nft.ts", import.meta.url).href)};
  const elements = Array.from({ length: ${count} }, (_, n) => "10.0." + (n >> 8) + "." + (n & 255));
  const adds = elements.map((address) => "add element ip t s { " + address + " }\\n");
  await applyText("add table ip t\\nadd set ip t s { type ipv4_addr; }\\n" + adds.join(""));
`;

const nodeArguments = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program];

/** Makes nft a program that takes its time before it reads, and says when it has begun. */
async function withSlowNft(
  nft: string,
  body: (options: { namespace: NetNamespace; began: string; env: { PATH: string } }) => Promise<void>,
): Promise<void> {
  const namespace = await NetNamespace.start();
  const directory = await mkdtemp(join(tmpdir(), "kube-nft-"));
  const began = join(directory, "began");
  const enter = namespace.enter.join(" ");
  try {
    await writeFile(join(directory, "nft"), `#!/bin/sh\ntouch ${began}\nsleep 0.5\nexec ${enter} ${nft} "$@"\n`);
    await chmod(join(directory, "nft"), 0o755);
    await body({ namespace, began, env: { PATH: `${directory}:${process.env["PATH"]}` } });
  } finally {
    await rm(directory, { recursive: true });
    await namespace.close();
  }
}

async function elementCount(namespace: NetNamespace, nft: string): Promise<number> {
  const listing = await namespace.must([nft, "list", "ruleset"]);
  return [...listing.matchAll(/10\.0\.\d+\.\d+/g)].length;
}

kernelTest("nft executes everything that it was given, although the sending process is killed", (nft) =>
  withSlowNft(nft, async ({ namespace, began, env }) => {
    const giver = execa(process.execPath, nodeArguments, { env, reject: false });
    await eventually(async () => existsSync(began), true);
    giver.kill("SIGKILL");
    expect(await giver).toMatchObject({ signal: "SIGKILL" });
    await eventually(() => elementCount(namespace, nft), count);
  }),
);

kernelTest("nft executes everything even if there is no room for a file in memory", (nft) =>
  withSlowNft(nft, async ({ namespace, env }) => {
    const tiny = 'mount -t tmpfs -o size=64k none /dev/shm && exec "$@"';
    await execa("unshare", ["--mount", "sh", "-c", tiny, "sh", process.execPath, ...nodeArguments], { env });
    expect(await elementCount(namespace, nft)).toBe(count);
  }),
);

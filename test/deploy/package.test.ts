import { createHash } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import packageJSON from "../../package.json" with { type: "json" };
import { root } from "../golden/fixture.ts";
import { builtProgram } from "../support/built.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kube-nft-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("npm pack makes a package that installs a working kube-nft, and nothing else", async () => {
  for (const file of ["package.json", "README.md", "LICENSE"]) await cp(`${root}/${file}`, join(folder, file));
  await cp(dirname(await builtProgram()), join(folder, "dist"), { recursive: true });
  await execa("npm", ["pack", "--ignore-scripts"], { cwd: folder });
  const { version } = packageJSON;
  const own = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", join(folder, "cache")];
  const prefix = join(folder, "installed");
  await execa("npm", ["install", "--global", "--prefix", prefix, ...own, join(folder, `kube-nft-${version}.tgz`)]);
  const env = { PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };
  const { stdout } = await execa(join(prefix, "bin", "kube-nft"), ["version", "-o", "json"], { env, cwd: folder });
  expect(JSON.parse(stdout)).toMatchObject({ version });
  const rules = ["render", "-f", `${root}/fixtures/cluster-ip.yaml`];
  expect((await execa(join(prefix, "bin", "kube-nft"), rules, { env, cwd: folder })).stdout).toContain(
    "table ip kube-nft",
  );
  const installed = await readdir(join(prefix, "lib/node_modules/kube-nft"));
  expect(installed.sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
});

test("the same sources make the same dist/", async () => {
  const first = dirname(await builtProgram());
  // Beside the first: source maps have the ways from there to the sources.
  const second = await mkdtemp(join(dirname(first), "again-"));
  await execa(process.execPath, [`${root}/build.mjs`, second], { cwd: root });
  expect(await hashes(second)).toEqual(await hashes(first));
  await rm(second, { recursive: true });
});

async function hashes(of: string): Promise<readonly string[]> {
  const entries = await readdir(of, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const lines = files.map(async (file) => {
    const hash = createHash("sha256").update(await readFile(file));
    return `${file.slice(of.length)} ${hash.digest("hex")}`;
  });
  return (await Promise.all(lines)).sort();
}

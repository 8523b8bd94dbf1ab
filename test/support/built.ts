import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { glob, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { root } from "../golden/fixture.ts";

let built: Promise<string> | undefined;

/** The program as it is shipped, built from the present sources; all tests share one build of the same sources. */
export function builtProgram(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const folder = `${root}/.cache/built`;
  const ours = join(folder, await sourcesHash());
  if (!existsSync(ours)) {
    await mkdir(folder, { recursive: true });
    const fresh = await mkdtemp(join(folder, "fresh-"));
    await execa(process.execPath, [`${root}/build.mjs`, fresh], { cwd: root });
    // Another process that has built the same meanwhile has the same result.
    await rename(fresh, ours).catch(() => rm(fresh, { recursive: true }));
    await removeOld(folder);
  }
  return join(ours, "cli.js");
}

async function sourcesHash(): Promise<string> {
  const hash = createHash("sha256");
  const sources: string[] = [];
  for await (const file of glob("src/**/*.{ts,css,html}", { cwd: root })) sources.push(file);
  for (const file of [...sources.sort(), "build.mjs", "package.json", "package-lock.json"]) {
    hash.update(`${file}\n`).update(await readFile(join(root, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Builds older than a day are no longer used. */
async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    // Another process's build has its final name by now, or was superfluous.
    const found = await stat(join(folder, name)).catch(() => undefined);
    const isOld = found !== undefined && Date.now() - found.mtimeMs > 86_400_000;
    if (isOld) await rm(join(folder, name), { recursive: true, force: true });
  }
}

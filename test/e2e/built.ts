import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { execa } from "execa";
import { root } from "../golden/fixture.ts";

/** The program as it is shipped, in a folder of its own: whoever builds at the same time does not change it. */
export type Built = { readonly program: string; readonly remove: () => Promise<void> };

export async function build(): Promise<Built> {
  await mkdir(`${root}/.cache`, { recursive: true });
  const folder = await mkdtemp(`${root}/.cache/e2e-`);
  await execa(process.execPath, [`${root}/build.mjs`, folder], { cwd: root });
  return { program: `${folder}/cli.js`, remove: () => rm(folder, { recursive: true, force: true }) };
}

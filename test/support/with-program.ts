import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withPath } from "./with-path.ts";

/** During `body`, a program is replaced by this script, whose first line names its interpreter. */
export async function withProgram<T>(name: string, script: string, body: () => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "kube-nft-"));
  await writeFile(join(directory, name), script, { mode: 0o755 });
  try {
    return await withPath(`${directory}:${process.env["PATH"]}`, body);
  } finally {
    await rm(directory, { recursive: true });
  }
}

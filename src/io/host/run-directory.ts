import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** The directory for files that this process leaves for people: the one that systemd provides, or `/run/kube-nft`. */
export function runDirectory(): string {
  return process.env["RUNTIME_DIRECTORY"]?.split(":")[0] || "/run/kube-nft";
}

/**
 * Replaces a file there, which only its owner may read, and returns its path. The parts are generated one after another,
 * and other work runs in between.
 */
export async function writeRunFile(name: string, parts: Iterable<string>): Promise<string> {
  const directory = runDirectory();
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, name);
  const next = `${path}.next`;
  await rm(next, { force: true });
  const file = await open(next, "wx", 0o600);
  try {
    for (const part of joined(parts)) await file.write(part);
  } finally {
    await file.close();
  }
  await rename(next, path);
  return path;
}

/** One write for each part would take longer than generating it. */
function* joined(parts: Iterable<string>): Generator<string> {
  let text = "";
  for (const part of parts) {
    text += part;
    if (text.length < enough) continue;
    yield text;
    text = "";
  }
  yield text;
}

const enough = 65_536;

import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** Where this process may leave files for people: what systemd gives it, or `/run/kube-nft`. */
export function runDirectory(): string {
  return process.env["RUNTIME_DIRECTORY"]?.split(":")[0] || "/run/kube-nft";
}

/**
 * Writes a file there, which only its owner may read, in place of the one before, and returns its path. The parts are
 * asked for one after another, and others come in between.
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

/** A write for each would take longer than what is written. */
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

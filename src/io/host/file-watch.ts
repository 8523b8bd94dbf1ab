import { stat } from "node:fs/promises";
import type { Bell } from "./bell.ts";

/**
 * Calls back whenever a file is no longer the version last known, until the signal is aborted. It polls every two seconds,
 * and follows symbolic links, so that it sees what kubelet does to a mounted ConfigMap. `onChange` resolves to false if
 * the file cannot be read now, and is called again. It is also called when `again` rings.
 */
export async function watchFile(
  path: string,
  known: FileVersion,
  onChange: () => Promise<boolean>,
  again: Bell,
  signal: AbortSignal,
): Promise<void> {
  for (let last = known; !signal.aborted; await again.sleep(2000, signal)) {
    const current = await fileVersion(path);
    // A file that is missing for a moment is about to be replaced.
    if (!again.take() && (current === undefined || current === last)) continue;
    if (await onChange()) last = current;
  }
}

/** Differs each time the file is written or replaced; undefined if there is no file. */
export type FileVersion = string | undefined;

/** Call it before reading the file: a change in between is then detected later, and not missed. */
export async function fileVersion(path: string): Promise<FileVersion> {
  try {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return undefined;
  }
}

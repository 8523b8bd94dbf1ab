import { stat } from "node:fs/promises";
import type { Bell } from "./bell.ts";

/**
 * Calls back whenever a file is not the version last known any more, until the signal is aborted. It looks every two
 * seconds, and through symbolic links, so that it sees what kubelet does to a mounted ConfigMap. `onChange` resolves to
 * false where it could not read the file for the moment: then it is called again. It is also called when `again` rings.
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
    // A file that is gone for a moment is about to be replaced.
    if (!again.take() && (current === undefined || current === last)) continue;
    if (await onChange()) last = current;
  }
}

/** Another one each time the file is written or replaced; undefined where there is no file. */
export type FileVersion = string | undefined;

/** To be asked for before the file is read: a change in between is then seen later, and not missed. */
export async function fileVersion(path: string): Promise<FileVersion> {
  try {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return undefined;
  }
}

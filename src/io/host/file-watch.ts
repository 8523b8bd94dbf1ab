import { stat } from "node:fs/promises";
import { systemClock } from "./clock.ts";

/**
 * Calls back whenever a file has been written or replaced, until the signal is aborted. It looks every two seconds, and
 * through symbolic links, so that it sees what kubelet does to a mounted ConfigMap.
 */
export async function watchFile(path: string, onChange: () => Promise<void>, signal: AbortSignal): Promise<void> {
  let known = await version(path);
  while (!signal.aborted) {
    await systemClock.sleep(2000, signal);
    const current = await version(path);
    // A file that is gone for a moment is about to be replaced.
    if (current === undefined || current === known || signal.aborted) continue;
    known = current;
    await onChange();
  }
}

async function version(path: string): Promise<string | undefined> {
  try {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return undefined;
  }
}

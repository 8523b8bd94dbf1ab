import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/**
 * A nameless file in memory with a text, which disappears when it is closed. Undefined if this system has no room for one.
 */
export async function memoryFile(text: string): Promise<FileHandle | undefined> {
  const file = await open("/dev/shm", constants.O_RDWR | nameless, 0o600).catch(() => undefined);
  const bytes = new TextEncoder().encode(text);
  // Written at a position, because readers start at the position of this handle.
  const { bytesWritten } = (await file?.write(bytes, 0, bytes.length, 0).catch(() => undefined)) ?? {};
  if (bytesWritten === bytes.length) return file;
  await file?.close();
  return undefined;
}

/** O_TMPFILE with O_DIRECTORY (open(2)), for which Node has no name. */
const nameless = 0o20000000 | constants.O_DIRECTORY;

import { readFileSync } from "node:fs";

/** A file of /proc or /sys; undefined if it does not exist, or may not be read. */
export function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return undefined;
  }
}

import { readFileSync } from "node:fs";

/** Processor time in ms since the start: of a process itself, and of its children, those that have ended included. */
export type ProcessorTime = { readonly own: number; readonly children: number };

export function processorTime(pid: number): ProcessorTime {
  const { own, waited } = times(pid);
  return { own, children: waited + childrenOf(pid).reduce((sum, child) => sum + withChildren(child), 0) };
}

/**
 * Memory in MB: what a process has of it now, the most that it had, and what of it are pages of files, which other processes
 * may share.
 */
export type Memory = {
  readonly name: string;
  readonly resident: number;
  readonly peak: number;
  readonly file: number;
};

/** Undefined where the process has ended. */
export function memory(pid: number): Memory | undefined {
  const status = read(`/proc/${pid}/status`);
  const [, name = ""] = /^Name:\s+(.*)$/m.exec(status) ?? [];
  const resident = megabytes(status, "VmRSS");
  if (resident === undefined) return undefined;
  return { name, resident, peak: megabytes(status, "VmHWM") ?? resident, file: megabytes(status, "RssFile") ?? 0 };
}

/** The processes that the main thread of a process has started, and those that these have. */
export function descendants(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

function withChildren(pid: number): number {
  const { own, children } = processorTime(pid);
  return own + children;
}

/** In fields 14 to 17 of proc(5), in hundredths of a second; nothing where the process has ended. */
function times(pid: number): { readonly own: number; readonly waited: number } {
  const fields = read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  const [user = 0, system = 0, waitedUser = 0, waitedSystem = 0] = fields
    .slice(11, 15)
    .map((ticks) => 10 * Number(ticks));
  return { own: user + system, waited: waitedUser + waitedSystem };
}

function megabytes(status: string, field: string): number | undefined {
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1000;
}

/** Empty where the process has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

import { readdir, readFile } from "node:fs/promises";

/** How an agent was at a time, in ms. */
export type Sample = {
  readonly at: number;
  readonly pid: number;
  /** Nothing but the changes of Services was going on. */
  readonly isCalm: boolean;
  /** Resident memory, in MB. */
  readonly memory: number;
  readonly descriptors: number;
  /** The agent, its children, and what earlier agents left. */
  readonly processes: number;
};

export type Vitals = Omit<Sample, "isCalm">;

/** `others`: the processes in this process namespace that are not the agent's. Undefined where the agent has ended. */
export async function vitals(pid: number, others: readonly number[]): Promise<Vitals | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const memory = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000;
    const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
    const all = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry) && !others.includes(Number(entry)));
    const alive = await Promise.all(all.map(isAlive));
    const processes = alive.filter(Boolean).length;
    return Number.isNaN(memory) ? undefined : { at: performance.now(), pid, memory, descriptors, processes };
  } catch {
    return undefined;
  }
}

/** Nobody waits for what an agent that was killed leaves. */
async function isAlive(pid: string): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return status !== "" && !/^State:\s+Z/m.test(status);
}

/** What an agent had in an early and in a late part of its life. */
export type Growth = {
  readonly what: "memory" | "descriptors" | "processes";
  readonly early: number;
  readonly late: number;
  readonly isTooMuch: boolean;
};

/**
 * How much the agent that lived last has grown, and how many processes all of them have left. Nothing where it did not live
 * long enough to tell.
 *
 * - Memory: the least of late against a quarter more than the most of early. A heap that once had to grow, at the start or
 *   for a repair, does not shrink while there is work, and V8 lets garbage lie as long as there is room.
 * - Descriptors and processes: the least of each. Connections, and an nft that is at work, come and go.
 */
export function growth(samples: readonly Sample[]): readonly Growth[] {
  const life = samples.filter(({ pid }) => pid === samples.at(-1)?.pid);
  const calm = (some: readonly Sample[]) => some.filter(({ isCalm }) => isCalm);
  if (calm(life).length < fewestSamples) return [];
  const memory = thirds(life.map((each) => each.memory));
  const descriptors = thirds(calm(life).map((each) => each.descriptors));
  const processes = thirds(calm(samples).map((each) => each.processes));
  return [
    { what: "memory", ...compared(most(memory.early), least(memory.late), 10 + most(memory.early) / 4) },
    // One connection to the API server more may be about to close.
    { what: "descriptors", ...compared(least(descriptors.early), least(descriptors.late), 4) },
    { what: "processes", ...compared(least(processes.early), least(processes.late), 0) },
  ];
}

/** In fewer, what is garbage and what stays cannot be told apart. */
const fewestSamples = 15;

function compared(early: number, late: number, allowed: number) {
  return { early, late, isTooMuch: late > early + allowed };
}

function thirds(values: readonly number[]) {
  const third = Math.ceil(values.length / 3);
  return { early: values.slice(0, third), late: values.slice(-third) };
}

/** Of lists that may be too long for the arguments of a call. */
function least(values: readonly number[]): number {
  return values.reduce((some, value) => Math.min(some, value), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((some, value) => Math.max(some, value), 0);
}

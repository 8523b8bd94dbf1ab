import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";

/** A program that runs as long as the agent does. */
export interface Companion {
  readonly stdout: Readable;
  /** Rejected when the program ends. */
  readonly failure: Promise<never>;
  readonly end: () => Promise<void>;
}

/** It ends with the agent even if that is killed; `end` also ends all that it has started. */
export function startCompanion(program: string, args: readonly string[]): Companion {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true, // in a process group of its own
  });
  const ended = once(child, "exit");
  const failure = ended.then(([code, signal]) => {
    throw new Error(`${program} ended with ${signal ?? code}`);
  });
  failure.catch(() => {}); // it is of interest only while somebody waits
  return {
    stdout: child.stdout,
    failure,
    end: async () => {
      if (child.pid !== undefined && child.exitCode === null) {
        process.kill(-child.pid, "SIGKILL");
        await ended;
      }
    },
  };
}

import { hostname } from "node:os";
import { setTimeout } from "node:timers/promises";

/** The name of this machine as kube-proxy takes it for that of its Node. */
export function hostName(): string {
  return hostname().trim().toLowerCase();
}

/** Whether a person reads standard error. */
export function isTerminal(): boolean {
  return process.stderr.isTTY;
}

/**
 * Aborted when this process is told to stop. It then has 4.5 s: a transaction under way may finish, but one that hangs
 * may not keep the next process waiting.
 */
export function untilStopped(onSignal: (signal: string) => void): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) onSignal(signal);
      stop.abort();
      setTimeout(4500, undefined, { ref: false }).then(() => process.exit(1));
    });
  }
  return stop.signal;
}

/** Calls back at each of these signals, which do not end this process then. */
export function onSignal(signal: "SIGHUP" | "SIGUSR1" | "SIGUSR2", listener: () => void): void {
  process.on(signal, listener);
}

/** Ends this process with code 1 where nobody catches an error, once that is told: a stack alone is no line of a log. */
export function endAtCrash(tell: (error: Error) => void): void {
  process.on("uncaughtException", (error) => {
    tell(error);
    process.exit(1);
  });
}

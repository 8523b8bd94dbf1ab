import { hostname } from "node:os";
import { setTimeout } from "node:timers/promises";

/** The name of this machine that kube-proxy uses as the name of its Node. */
export function hostName(): string {
  return hostname().trim().toLowerCase();
}

/** Whether standard error is a terminal. */
export function isTerminal(): boolean {
  return process.stderr.isTTY;
}

/**
 * Aborted when this process is told to stop. It then has 4.5 s: a transaction in progress may finish, but one that hangs
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

/** Calls back on each of these signals, which then do not end this process. */
export function onSignal(signal: "SIGHUP" | "SIGUSR1" | "SIGUSR2", listener: () => void): void {
  process.on(signal, listener);
}

/** Exits with code 1 on an uncaught error, after logging it: a bare stack trace is not a line of the log. */
export function endAtCrash(tell: (error: Error) => void): void {
  process.on("uncaughtException", (error) => {
    tell(error);
    process.exit(1);
  });
}

import { byId } from "./dom.ts";

/** Requests data from the agent. Rejects if it does not answer; the message is its error. */
export async function ask<T>(path: string): Promise<T> {
  const response = await fetch(path, { headers: { Accept: "application/json" } });
  const value = await response.json();
  if (!response.ok) throw new Error(value.error ?? response.statusText);
  return value;
}

/** Repeats a function while the page is visible, until it is stopped. */
export function repeat(work: () => Promise<void>, everyMs: number): () => void {
  let isStopped = false;
  const turn = async () => {
    if (isStopped) return;
    if (!document.hidden) {
      try {
        await work();
        troubled(undefined);
      } catch (error) {
        if (!isStopped) troubled(error);
      }
    }
    setTimeout(turn, everyMs);
  };
  void turn();
  return () => {
    isStopped = true;
  };
}

/** Shows whether the agent answers. */
function troubled(error: unknown): void {
  const line = byId("trouble");
  line.hidden = error === undefined;
  if (error === undefined) since = undefined;
  else {
    since ??= new Date();
    const why = error instanceof TypeError ? "The agent has not answered" : `The agent cannot answer (${error})`;
    line.textContent = `${why} since ${since.toLocaleTimeString()}. This page may be out of date.`;
  }
}

let since: Date | undefined;

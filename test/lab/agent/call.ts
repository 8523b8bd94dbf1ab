import type { Answer, Attempt, Outcome } from "../messages.ts";
import type { Sighting } from "../packet/sighting.ts";

/** An attempt whose source is settled. */
export type Call = Attempt & { readonly source: string; readonly sourcePort: number };

/** The outcome for an answer as a server wrote it. */
export function answered(call: Call, text: string): Outcome {
  const answer: Answer = JSON.parse(text);
  const addressKept = answer.source === call.source;
  return { kind: "answered", ...answer, addressKept, sourceKept: addressKept && answer.sourcePort === call.sourcePort };
}

/** The outcome when no answer came, but perhaps a packet that says why. */
export function unanswered(sighting: Sighting | undefined): Outcome {
  switch (sighting?.kind) {
    case "reset":
      return { kind: "refused", with: "reset" };
    case "error":
      return sighting.meaning === "port unreachable"
        ? { kind: "refused", with: sighting.meaning }
        : { kind: "failed", code: sighting.meaning };
    default:
      return { kind: "dropped" };
  }
}

/** The promise's value, or undefined when it has none after so many milliseconds. */
export async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const { promise: silence, resolve } = Promise.withResolvers<undefined>();
  // On a busy machine the timer and the value may be due in one turn of the event loop: then the value counts.
  const timer = setTimeout(() => setImmediate(resolve, undefined), milliseconds);
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}

export function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

import * as z from "zod";
import { Unchecked } from "./part.ts";

const annotation = "endpoints.kubernetes.io/last-change-trigger-time";

const Triggered = z.object({ metadata: z.object({ annotations: z.object({ [annotation]: Unchecked }) }) });

/**
 * When that happened, in ms since 1970, which led to the last change of a slice, a Pod's becoming ready, say. Undefined
 * where the slice does not tell. It never throws.
 */
export function triggerTime(object: unknown): number | undefined {
  const read = Triggered.safeParse(object);
  const text = read.success ? read.data.metadata.annotations[annotation] : undefined;
  const time = typeof text === "string" ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

import * as z from "zod";
import type { KindedObject } from "./objects.ts";
import { Unchecked } from "./part.ts";

/** The parts of a Pod that Services select by. Pods are read only if they are in the input. */
export type LabelledPod = {
  readonly namespace: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** `since 2026-01-01T00:00:00Z (ContainersNotReady)`; undefined if it is ready, or its status is not known. */
  readonly notReady: string | undefined;
};

const PodObject = z.object({
  metadata: z.object({
    namespace: z.string().min(1).catch("default"),
    name: z.string(),
    labels: z.record(z.string(), z.string()).catch({}),
  }),
  status: z.object({ conditions: z.array(Unchecked).catch([]) }).catch({ conditions: [] }),
});

const ReadyCondition = z.object({
  type: z.literal("Ready"),
  status: z.enum(["False", "Unknown"]),
  lastTransitionTime: z.string().catch("some time"),
  reason: z.string().catch("no reason is given"),
  message: z.string().optional().catch(undefined),
});

/** The Pods among objects, by namespace. */
export function podsByNamespace(objects: readonly KindedObject[]): ReadonlyMap<string, readonly LabelledPod[]> {
  const pods = new Map<string, LabelledPod[]>();
  for (const { kind, apiVersion, object } of objects) {
    const read = kind === "Pod" && apiVersion === "v1" ? PodObject.safeParse(object).data : undefined;
    if (read === undefined) continue;
    const { namespace, name, labels } = read.metadata;
    const known = pods.get(namespace) ?? [];
    known.push({
      namespace,
      name,
      labels: new Map(Object.entries(labels)),
      notReady: notReady(read.status.conditions),
    });
    pods.set(namespace, known);
  }
  return pods;
}

function notReady(conditions: readonly unknown[]): string | undefined {
  const [found] = conditions.flatMap((each) => ReadyCondition.safeParse(each).data ?? []);
  if (found === undefined) return undefined;
  const { lastTransitionTime, reason, message } = found;
  return `since ${lastTransitionTime} (${message === undefined ? reason : `${reason}: ${message}`})`;
}

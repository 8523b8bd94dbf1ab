import * as z from "zod";
import type { KindedObject } from "./objects.ts";

/** A Pod, as far as Services select it. Pods are read only where somebody gives them. */
export type LabelledPod = {
  readonly namespace: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
};

const PodObject = z.object({
  metadata: z.object({
    namespace: z.string().min(1).catch("default"),
    name: z.string(),
    labels: z.record(z.string(), z.string()).catch({}),
  }),
});

/** The Pods among objects, by namespace. */
export function podsByNamespace(objects: readonly KindedObject[]): ReadonlyMap<string, readonly LabelledPod[]> {
  const pods = new Map<string, LabelledPod[]>();
  for (const { kind, apiVersion, object } of objects) {
    const read = kind === "Pod" && apiVersion === "v1" ? PodObject.safeParse(object).data?.metadata : undefined;
    if (read === undefined) continue;
    const { namespace, name, labels } = read;
    const known = pods.get(namespace) ?? [];
    known.push({ namespace, name, labels: new Map(Object.entries(labels)) });
    pods.set(namespace, known);
  }
  return pods;
}

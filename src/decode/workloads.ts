import * as z from "zod";
import type { KindedObject } from "./objects.ts";

/** The objects that make pods, as far as Services select these. They are read only if they are in the input. */
export type Workload = {
  readonly kind: string;
  readonly name: string;
  readonly replicas: number;
  /** The labels of its pods. */
  readonly labels: ReadonlyMap<string, string>;
};

/** The kinds, in the order of preference if several make the same pods. All are of `apps/v1`. */
export const workloadKinds = ["Deployment", "StatefulSet", "ReplicaSet"] as const;

const WorkloadObject = z.object({
  metadata: z.object({ namespace: z.string().min(1).catch("default"), name: z.string() }),
  spec: z.object({
    replicas: z.number().catch(1),
    template: z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }) }),
  }),
});

/** The workloads among objects, by namespace. */
export function workloadsByNamespace(objects: readonly KindedObject[]): ReadonlyMap<string, readonly Workload[]> {
  const workloads = new Map<string, Workload[]>();
  for (const kind of workloadKinds) {
    for (const each of objects) {
      if (each.kind !== kind || each.apiVersion !== "apps/v1") continue;
      const read = WorkloadObject.safeParse(each.object).data;
      if (read === undefined) continue;
      const { metadata, spec } = read;
      const known = workloads.get(metadata.namespace) ?? [];
      const labels = new Map(Object.entries(spec.template.metadata.labels));
      known.push({ kind, name: metadata.name, replicas: spec.replicas, labels });
      workloads.set(metadata.namespace, known);
    }
  }
  return workloads;
}

/** `Deployment web`, if it makes the pods that a selector matches, and all workloads that do are scaled to zero. */
export function scaledToZero(
  workloads: readonly Workload[],
  selector: Readonly<Record<string, string>>,
): string | undefined {
  const wanted = Object.entries(selector);
  const makers = workloads.filter(({ labels }) => wanted.every(([label, value]) => labels.get(label) === value));
  const [first] = makers;
  if (first === undefined || wanted.length === 0 || makers.some(({ replicas }) => replicas > 0)) return undefined;
  return `${first.kind} ${first.name}`;
}

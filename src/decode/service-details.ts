import * as z from "zod";
import { compareText, type ObjectKey } from "../model/service.ts";
import { isHeadless } from "./cluster-ips.ts";
import type { KindedObject } from "./objects.ts";
import { Unchecked } from "./part.ts";
import { podsByNamespace } from "./pods.ts";
import { scaledToZero, workloadsByNamespace } from "./workloads.ts";

/**
 * Details for people who ask about a Service. They decide nothing, so they are not part of the model, and are read from
 * the objects on demand.
 */
export type ServiceDetails = SpecDetails & {
  /** The endpoints' pods, by address. */
  readonly pods: ReadonlyMap<string, PodDetails>;
};

export type SpecDetails = {
  /** Why no service proxy serves it; undefined if one does. */
  readonly unserved: "headless" | "ExternalName" | "other proxy" | undefined;
  readonly externalName: string | undefined;
  /** `app=web,tier=front`; empty if the Service selects no pods, and something else writes its slices. */
  readonly selector: string;
  /** `Deployment web`, if it makes the Service's pods and is scaled to zero. */
  readonly scaledToZero: string | undefined;
};

export type PodDetails = {
  readonly pod: string | undefined;
  readonly zone: string | undefined;
  /** `since 2026-01-01T00:00:00Z (ContainersNotReady)`, if the Pod is known, and is not ready. */
  readonly notReady: string | undefined;
};

const Named = z.object({
  metadata: z.object({ namespace: Unchecked, name: Unchecked, labels: Unchecked }),
  spec: Unchecked,
  endpoints: Unchecked,
});
const Spec = z.object({
  type: Unchecked,
  clusterIP: Unchecked,
  clusterIPs: Unchecked,
  externalName: z.string().optional().catch(undefined),
  selector: z.record(z.string(), z.string()).optional().catch(undefined),
});
const Labels = z.record(z.string(), z.unknown());
const Endpoints = z.array(
  z.object({
    addresses: z.array(z.string()).catch([]),
    zone: z.string().optional().catch(undefined),
    targetRef: z.object({ kind: Unchecked, name: z.string() }).optional().catch(undefined),
  }),
);

/** The keys of all Services among objects, including those that no proxy serves. */
export function serviceNames(objects: readonly KindedObject[]): readonly ObjectKey[] {
  const names = objects.flatMap((each) => (each.kind === "Service" ? (keyOf(each.object) ?? []) : []));
  return [...new Set(names)].sort(compareText);
}

/** Undefined if there is no such Service. */
export function serviceDetails(objects: readonly KindedObject[], key: ObjectKey): ServiceDetails | undefined {
  const service = objects.findLast((each) => each.kind === "Service" && keyOf(each.object) === key);
  return service && { ...specDetails(service.object, workloadsByNamespace(objects)), pods: podDetails(objects, key) };
}

/** The same for all Services, without their pods. */
export function allSpecDetails(objects: readonly KindedObject[]): ReadonlyMap<ObjectKey, SpecDetails> {
  const workloads = workloadsByNamespace(objects);
  return new Map(
    objects.flatMap(({ kind, object }) => {
      const key = kind === "Service" ? keyOf(object) : undefined;
      return key === undefined ? [] : [[key, specDetails(object, workloads)] as const];
    }),
  );
}

function specDetails(service: unknown, workloads: ReturnType<typeof workloadsByNamespace>): SpecDetails {
  const named = Named.safeParse(service).data;
  const spec = Spec.safeParse(named?.spec ?? {}).data ?? {};
  const labels = Labels.safeParse(named?.metadata.labels).data ?? {};
  const [namespace = ""] = keyOf(service)?.split("/") ?? [];
  return {
    unserved: whyUnserved(spec, labels),
    externalName: spec.externalName,
    scaledToZero: scaledToZero(workloads.get(namespace) ?? [], spec.selector ?? {}),
    selector: Object.entries(spec.selector ?? {})
      .map(([label, value]) => `${label}=${value}`)
      .join(),
  };
}

/** The pods of endpoints, by address: those of a Service, or all. */
export function podDetails(objects: readonly KindedObject[], key?: ObjectKey): ReadonlyMap<string, PodDetails> {
  const pods = new Map<string, PodDetails>();
  const unready = new Map(
    [...podsByNamespace(objects).values()].flat().map((each) => [`${each.namespace}/${each.name}`, each.notReady]),
  );
  for (const { kind, object } of objects) {
    if (kind !== "EndpointSlice" || (key !== undefined && ownerOf(object) !== key)) continue;
    const endpoints = Endpoints.safeParse(Named.safeParse(object).data?.endpoints).data ?? [];
    const [namespace = ""] = keyOf(object)?.split("/") ?? [];
    for (const { addresses, zone, targetRef } of endpoints) {
      const pod = targetRef?.kind === "Pod" ? targetRef.name : undefined;
      const notReady = unready.get(`${namespace}/${pod}`);
      for (const address of addresses) pods.set(address, { pod, zone, notReady });
    }
  }
  return pods;
}

function whyUnserved(spec: z.infer<typeof Spec>, labels: z.infer<typeof Labels>): ServiceDetails["unserved"] {
  if (spec.type === "ExternalName") return "ExternalName";
  if (isHeadless(spec)) return "headless";
  return labels["service.kubernetes.io/service-proxy-name"] === undefined ? undefined : "other proxy";
}

function keyOf(object: unknown): ObjectKey | undefined {
  const { namespace, name } = Named.safeParse(object).data?.metadata ?? {};
  return keyIn(namespace, name);
}

function ownerOf(object: unknown): ObjectKey | undefined {
  const { namespace, labels } = Named.safeParse(object).data?.metadata ?? {};
  return keyIn(namespace, Labels.safeParse(labels).data?.["kubernetes.io/service-name"]);
}

function keyIn(namespace: unknown, name: unknown): ObjectKey | undefined {
  if (typeof name !== "string") return undefined;
  return `${typeof namespace === "string" && namespace !== "" ? namespace : "default"}/${name}`;
}

import * as z from "zod";
import { compareText, type ObjectKey } from "../model/service.ts";
import { isHeadless } from "./cluster-ips.ts";
import { Unchecked } from "./part.ts";

/**
 * What is of use to people who ask about a Service, and decides nothing: it is not part of the model, and read from the
 * objects when somebody asks.
 */
export type ServiceDetails = SpecDetails & {
  /** Of endpoints, by their address. */
  readonly pods: ReadonlyMap<string, PodDetails>;
};

export type SpecDetails = {
  /** Why no service proxy serves it; undefined where one does. */
  readonly unserved: "headless" | "ExternalName" | "other proxy" | undefined;
  readonly externalName: string | undefined;
  /** `app=web,tier=front`; empty: the Service selects no pods, and others write its slices. */
  readonly selector: string;
};

export type PodDetails = { readonly pod: string | undefined; readonly zone: string | undefined };

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

/** The keys of all Services among objects, those that no proxy serves included. */
export function serviceNames(objects: readonly Kinded[]): readonly ObjectKey[] {
  const names = objects.flatMap((each) => (each.kind === "Service" ? (keyOf(each.object) ?? []) : []));
  return [...new Set(names)].sort(compareText);
}

type Kinded = { readonly kind: string; readonly object: unknown };

/** Undefined where there is no such Service. */
export function serviceDetails(objects: readonly Kinded[], key: ObjectKey): ServiceDetails | undefined {
  const service = objects.findLast((each) => each.kind === "Service" && keyOf(each.object) === key);
  return service && { ...specDetails(service.object), pods: podDetails(objects, key) };
}

/** The same of all Services, without their pods. */
export function allSpecDetails(objects: readonly Kinded[]): ReadonlyMap<ObjectKey, SpecDetails> {
  return new Map(
    objects.flatMap(({ kind, object }) => {
      const key = kind === "Service" ? keyOf(object) : undefined;
      return key === undefined ? [] : [[key, specDetails(object)] as const];
    }),
  );
}

function specDetails(service: unknown): SpecDetails {
  const named = Named.safeParse(service).data;
  const spec = Spec.safeParse(named?.spec ?? {}).data ?? {};
  const labels = Labels.safeParse(named?.metadata.labels).data ?? {};
  return {
    unserved: whyUnserved(spec, labels),
    externalName: spec.externalName,
    selector: Object.entries(spec.selector ?? {})
      .map(([label, value]) => `${label}=${value}`)
      .join(),
  };
}

/** The pods of endpoints, by address: those of a Service, or all. */
export function podDetails(objects: readonly Kinded[], key?: ObjectKey): ReadonlyMap<string, PodDetails> {
  const pods = new Map<string, PodDetails>();
  for (const { kind, object } of objects) {
    if (kind !== "EndpointSlice" || (key !== undefined && ownerOf(object) !== key)) continue;
    const endpoints = Endpoints.safeParse(Named.safeParse(object).data?.endpoints).data ?? [];
    for (const { addresses, zone, targetRef } of endpoints) {
      const pod = targetRef?.kind === "Pod" ? targetRef.name : undefined;
      for (const address of addresses) pods.set(address, { pod, zone });
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

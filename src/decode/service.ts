import * as z from "zod";
import type { Service } from "../model/service.ts";
import { readAnnotations } from "./annotations.ts";
import { isHeadless, readClusterIPs } from "./cluster-ips.ts";
import { labels, labelsText } from "./labels.ts";
import { type Decoded, decodeObject, namespacedMetadata } from "./object.ts";
import { part, type Report, Unchecked } from "./part.ts";
import { DNSLabel } from "./scalars.ts";
import { readExternalIPs, readLoadBalancerIPs, readSourceRanges } from "./service-addresses.ts";
import { readHealthCheckNodePort, readServicePorts } from "./service-ports.ts";
import { readSessionAffinity } from "./session-affinity.ts";

/**
 * The model of a v1 Service, from its JSON, with the defaults of the API server. There is no value, and no problem, if
 * the Service is headless, an ExternalName, or left to another proxy. Parts that cannot be used are left out. It never
 * throws.
 */
export function decodeService(object: unknown): Decoded<Service> {
  return decodeObject("Service", ServiceObject, object, readService);
}

const ServiceObject = z.object({
  metadata: namespacedMetadata(DNSLabel),
  spec: z.object({
    type: Unchecked,
    clusterIP: Unchecked,
    clusterIPs: Unchecked,
    ipFamilies: Unchecked,
    ports: Unchecked,
    externalIPs: Unchecked,
    loadBalancerSourceRanges: Unchecked,
    externalTrafficPolicy: Unchecked,
    internalTrafficPolicy: Unchecked,
    sessionAffinity: Unchecked,
    sessionAffinityConfig: Unchecked,
    healthCheckNodePort: Unchecked,
  }),
  status: Unchecked,
});

const ServiceType = z.enum(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]);
const TrafficPolicy = z.enum(["Cluster", "Local"]);

function readService({ metadata, spec, status }: z.infer<typeof ServiceObject>, report: Report): Service | undefined {
  if (labels(metadata.labels, report)["service.kubernetes.io/service-proxy-name"] !== undefined) return undefined;
  const option = <T>(schema: z.ZodType<T>, value: unknown, field: string, otherwise: T): T =>
    part(schema, value === "" ? undefined : value, { field, otherwise: `it is treated as ${otherwise}`, report }) ??
    otherwise;
  const type = option(ServiceType, spec.type, "spec.type", "ClusterIP");
  if (type === "ExternalName" || isHeadless(spec)) return undefined;
  const clusterIPs = readClusterIPs(spec, report);
  if (clusterIPs.length === 0) return undefined;
  const policy = (key: "externalTrafficPolicy" | "internalTrafficPolicy") =>
    option(TrafficPolicy, spec[key], `spec.${key}`, "Cluster");
  const externalTrafficPolicy = policy("externalTrafficPolicy");
  const annotations = readAnnotations(metadata.annotations);
  const shownLabels = labelsText(metadata.labels);
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    ...(typeof metadata.uid === "string" ? { uid: metadata.uid } : {}),
    created: readCreated(metadata.creationTimestamp),
    type,
    clusterIPs,
    externalIPs: readExternalIPs(spec.externalIPs, report),
    loadBalancerIPs: readLoadBalancerIPs(status, report),
    loadBalancerSourceRanges: readSourceRanges(spec.loadBalancerSourceRanges, report),
    externalTrafficPolicy,
    internalTrafficPolicy: policy("internalTrafficPolicy"),
    sessionAffinity: readSessionAffinity(spec, report),
    healthCheckNodePort:
      type === "LoadBalancer" && externalTrafficPolicy === "Local"
        ? readHealthCheckNodePort(spec.healthCheckNodePort, report)
        : undefined,
    ports: readServicePorts(spec.ports, report),
    ...(annotations && { annotations }),
    ...(shownLabels !== undefined && { labels: shownLabels }),
  };
}

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$/;

function readCreated(creationTimestamp: unknown): number {
  if (typeof creationTimestamp !== "string" || !timestamp.test(creationTimestamp)) return Number.POSITIVE_INFINITY;
  const created = Date.parse(creationTimestamp);
  return Number.isNaN(created) ? Number.POSITIVE_INFINITY : created;
}

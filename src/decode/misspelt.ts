import { nearest } from "./nearest.ts";
import type { Report } from "./part.ts";
import { quoteField } from "./quote.ts";

/** The fields of an object that this proxy reads; `others` are known fields that it does not read. */
type Fields = { readonly read: Readonly<Record<string, Fields | undefined>>; readonly others?: ReadonlySet<string> };

/**
 * Reports misspelt fields, such as `externalTrafficpolicy` for one that this proxy reads. An API server drops
 * them, or rejects the object; here they would be ignored silently.
 */
export function reportMisspelt(kind: string, object: unknown, report: Report): void {
  const fields = Object.hasOwn(fieldsOf, kind) ? fieldsOf[kind] : undefined;
  if (fields !== undefined) look(object, fields, "", report);
}

function look(value: unknown, fields: Fields, path: string, report: Report): void {
  if (Array.isArray(value)) {
    // A list in a list is not part of what we read, and may be that list itself.
    for (let index = 0; index < value.length; index++) {
      if (!Array.isArray(value[index])) look(value[index], fields, `${path}[${index}]`, report);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const field = path === "" ? quoteField(name) : `${path}.${quoteField(name)}`;
      if (Object.hasOwn(fields.read, name)) {
        const next = fields.read[name];
        if (next !== undefined) look(inner, next, field, report);
      } else if (fields.others?.has(name) !== true) {
        const meant = nearest(name, Object.keys(fields.read));
        if (meant !== undefined && !Object.hasOwn(value, meant))
          report(field, `is unknown (did you mean ${meant}?); it is ignored`);
      }
    }
  }
}

function fields(read: string | Fields["read"], others = ""): Fields {
  const named = typeof read === "string" ? Object.fromEntries(words(read).map((name) => [name, undefined])) : read;
  return { read: named, others: new Set(words(others)) };
}

function words(text: string): readonly string[] {
  return text.split(" ").filter((word) => word !== "");
}

const object = (more: Fields["read"]) => fields({ apiVersion: undefined, kind: undefined, metadata, ...more });

const metadata = fields(
  "name namespace labels annotations creationTimestamp deletionTimestamp uid generation",
  "generateName resourceVersion selfLink managedFields ownerReferences finalizers deletionGracePeriodSeconds",
);

const endpointPorts = fields("name protocol port", "appProtocol");

const endpointAddresses = fields("ip nodeName", "hostname targetRef");

const fieldsOf: Readonly<Record<string, Fields>> = {
  Service: object({
    spec: fields(
      {
        ...fields(
          "type clusterIP clusterIPs ipFamilies externalIPs loadBalancerSourceRanges externalTrafficPolicy internalTrafficPolicy sessionAffinity healthCheckNodePort",
        ).read,
        ports: fields("name protocol port nodePort appProtocol", "targetPort"),
        sessionAffinityConfig: fields({ clientIP: fields("timeoutSeconds") }),
      },
      "selector externalName loadBalancerIP loadBalancerClass publishNotReadyAddresses ipFamilyPolicy allocateLoadBalancerNodePorts trafficDistribution",
    ),
    status: fields({ loadBalancer: fields({ ingress: fields("ip ipMode", "hostname ports") }) }, "conditions"),
  }),
  EndpointSlice: object({
    addressType: undefined,
    ports: endpointPorts,
    endpoints: fields(
      {
        addresses: undefined,
        nodeName: undefined,
        conditions: fields("ready serving terminating"),
        hints: fields({ forZones: fields("name"), forNodes: fields("name") }),
      },
      "hostname targetRef zone deprecatedTopology",
    ),
  }),
  Endpoints: object({
    subsets: fields({ addresses: endpointAddresses, notReadyAddresses: endpointAddresses, ports: endpointPorts }),
  }),
  Node: object({
    spec: fields("podCIDR podCIDRs taints", "providerID unschedulable configSource externalID"),
    status: fields({ addresses: fields("type address") }),
  }),
  ServiceCIDR: object({ spec: fields("cidrs"), status: undefined }),
};

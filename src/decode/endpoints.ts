import * as z from "zod";
import { type Address, addressFamily, families } from "../model/address.ts";
import type { EndpointSlice } from "../model/endpoint-slice.ts";
import { type Endpoint, orderedEndpoints } from "../model/endpoints.ts";
import { readEndpointPorts } from "./endpoint-slice.ts";
import { labels } from "./labels.ts";
import { type Decoded, decodeObject, namespacedMetadata } from "./object.ts";
import { parts, type Report, Unchecked } from "./part.ts";
import { DNSSubdomain, ForeignAddress } from "./scalars.ts";

/**
 * The slices equivalent to a v1 Endpoints object, the predecessor of EndpointSlice: one for each subset and family.
 * They have the name of the object, and serve Services that have no EndpointSlice. It never throws.
 */
export function decodeEndpoints(object: unknown): Decoded<readonly EndpointSlice[]> {
  return decodeObject("Endpoints", EndpointsObject, object, readEndpoints);
}

const EndpointsObject = z.object({ metadata: namespacedMetadata(DNSSubdomain), subsets: Unchecked });

const Subset = z.object({ addresses: Unchecked, notReadyAddresses: Unchecked, ports: Unchecked });

function readEndpoints(
  { metadata, subsets }: z.infer<typeof EndpointsObject>,
  report: Report,
): readonly EndpointSlice[] | undefined {
  if (labels(metadata.labels, report)["service.kubernetes.io/headless"] !== undefined) return undefined;
  const { namespace, name } = metadata;
  const place = { field: "subsets", otherwise: "this subset is ignored", report };
  const slices = parts(Subset, subsets, place, (subset, index) => readSubset(subset, `subsets[${index}]`, report));
  return slices.flat().map((slice) => ({ namespace, name, serviceName: name, generation: 0, ...slice }));
}

const EndpointAddress = z.object({ ip: ForeignAddress, nodeName: z.string().nullish() });

function readSubset(
  subset: z.infer<typeof Subset>,
  field: string,
  report: Report,
): readonly Pick<EndpointSlice, "family" | "ports" | "endpoints">[] {
  const ports = readEndpointPorts(subset.ports, {
    field: `${field}.ports`,
    otherwise: "this port has no endpoints",
    report,
  });
  const read = (key: "addresses" | "notReadyAddresses", ready: boolean) => {
    const place = { field: `${field}.${key}`, otherwise: "this endpoint is not used", report };
    return parts(EndpointAddress, subset[key], place, ({ ip, nodeName }) => endpoint(ip, nodeName || undefined, ready));
  };
  const all = [...read("addresses", true), ...read("notReadyAddresses", false)];
  return families.flatMap((family) => {
    const own = all.filter(({ address }) => addressFamily(address) === family);
    return own.length === 0 ? [] : [{ family, ports, endpoints: orderedEndpoints(own) }];
  });
}

function endpoint(address: Address, nodeName: string | undefined, ready: boolean): Endpoint {
  return { address, ready, serving: ready, terminating: false, nodeName, zoneHints: [], nodeHints: [] };
}

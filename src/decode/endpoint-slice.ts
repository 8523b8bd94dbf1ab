import * as z from "zod";
import { addressFamily, type Family } from "../model/address.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "../model/endpoint-slice.ts";
import { labels } from "./labels.ts";
import { type Decoded, decodeObject, namespacedMetadata } from "./object.ts";
import { type Place, parts, type Report, Unchecked } from "./part.ts";
import { DNSLabel, DNSSubdomain, ForeignAddress, PortName, PortNumber, ProtocolName } from "./scalars.ts";
import { show } from "./show.ts";

/**
 * The model of a discovery.k8s.io/v1 EndpointSlice, from its JSON. It has no value, and no problem, where the slice
 * belongs to a headless Service. A port or an endpoint that cannot be used is left out. It never throws.
 */
export function decodeEndpointSlice(object: unknown): Decoded<EndpointSlice> {
  return decodeObject("EndpointSlice", EndpointSliceObject, object, readEndpointSlice);
}

const EndpointSliceObject = z.object({
  metadata: namespacedMetadata(DNSSubdomain),
  addressType: Unchecked,
  ports: Unchecked,
  endpoints: Unchecked,
});

function readEndpointSlice(slice: z.infer<typeof EndpointSliceObject>, report: Report): EndpointSlice | undefined {
  const { metadata } = slice;
  const found = labels(metadata.labels, report);
  if (found["service.kubernetes.io/headless"] !== undefined) return undefined;
  const serviceName = readServiceName(found["kubernetes.io/service-name"], report);
  const family = readFamily(slice.addressType, report);
  if (serviceName === undefined || family === undefined) return undefined;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    serviceName,
    generation: typeof metadata.generation === "number" ? metadata.generation : 0,
    family,
    ports: readEndpointPorts(slice.ports, { field: "ports", otherwise: "this port has no endpoints", report }),
    endpoints: readEndpoints(slice.endpoints, family, { field: "endpoints", otherwise: notUsed, report }),
  };
}

const notUsed = "this endpoint is not used";

function readServiceName(label: unknown, report: Report): string | undefined {
  const name = DNSLabel.safeParse(label);
  if (name.success) return name.data;
  const wrong = (label ?? "") === "" ? "is missing" : `${show(label)} is not the name of a Service`;
  report('metadata.labels["kubernetes.io/service-name"]', `${wrong}; this slice is ignored`);
  return undefined;
}

function readFamily(addressType: unknown, report: Report): Family | undefined {
  if (addressType === "IPv4") return "ip";
  if (addressType === "IPv6") return "ip6";
  const wrong = (addressType ?? "") === "" ? "is missing" : `${show(addressType)} is not supported (IPv4 and IPv6 are)`;
  report("addressType", `${wrong}; this slice is ignored`);
  return undefined;
}

const Port = z.object({ name: PortName, protocol: ProtocolName, port: PortNumber });

/** The ports of a slice, or of a subset of Endpoints; of two with one name and protocol the first. */
export function readEndpointPorts(value: unknown, place: Place): readonly EndpointPort[] {
  const seen = new Set<string>();
  const ports: EndpointPort[] = [];
  for (const [index, port] of parts(Port, value, place)) {
    const key = `${port.protocol}/${port.name}`;
    if (!seen.has(key)) ports.push(port);
    else place.report(`${place.field}[${index}].name`, `${show(port.name)} is there twice; the first one is used`);
    seen.add(key);
  }
  return ports;
}

const Condition = z.boolean().nullish();
const Hints = z.array(z.object({ name: z.string() })).nullish();

/** All addresses of an endpoint are the same endpoint, and the first one is used. */
const endpointObject = (family: Family, type: string) =>
  z.object({
    addresses: z
      .tuple([
        ForeignAddress.superRefine((address, context) => {
          if (addressFamily(address) !== family)
            context.addIssue(`${show(address)} is not ${type} as addressType says`);
        }),
      ])
      .rest(z.unknown()),
    conditions: z.object({ ready: Condition, serving: Condition, terminating: Condition }).nullish(),
    nodeName: z.string().nullish(),
    hints: z.object({ forZones: Hints, forNodes: Hints }).nullish(),
  });

const EndpointObject = { ip: endpointObject("ip", "IPv4"), ip6: endpointObject("ip6", "IPv6") };

function readEndpoints(value: unknown, family: Family, place: Place): readonly Endpoint[] {
  return parts(EndpointObject[family], value, place).map(([, endpoint]) => ({
    address: endpoint.addresses[0],
    ready: endpoint.conditions?.ready ?? true,
    serving: endpoint.conditions?.serving ?? true,
    terminating: endpoint.conditions?.terminating ?? false,
    nodeName: endpoint.nodeName || undefined,
    zoneHints: hintNames(endpoint.hints?.forZones),
    nodeHints: hintNames(endpoint.hints?.forNodes),
  }));
}

const noHints: readonly string[] = [];

function hintNames(hints: z.infer<typeof Hints>): readonly string[] {
  return hints ? hints.map((hint) => hint.name) : noHints;
}

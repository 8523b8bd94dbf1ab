import * as z from "zod";
import { type Address, addressFamily, type Family } from "../model/address.ts";
import type { EndpointPort, EndpointSlice } from "../model/endpoint-slice.ts";
import { type Endpoint, orderedEndpoints } from "../model/endpoints.ts";
import { labels } from "./labels.ts";
import { type Decoded, decodeObject, namespacedMetadata } from "./object.ts";
import { type Place, parts, type Report, Unchecked } from "./part.ts";
import { quote } from "./quote.ts";
import {
  DNSLabel,
  DNSSubdomain,
  foreignAddress,
  PortName,
  PortNumber,
  ProtocolName,
  whyNotForeign,
} from "./scalars.ts";
import { sharedList, sharedText } from "./shared.ts";

/**
 * The model of a discovery.k8s.io/v1 EndpointSlice, from its JSON. There is no value, and no problem, if the slice
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
    ...readTriggerTime(metadata.annotations),
    family,
    ports: readEndpointPorts(slice.ports, { field: "ports", otherwise: "this port has no endpoints", report }),
    endpoints: orderedEndpoints(
      readEndpoints(slice.endpoints, family, { field: "endpoints", otherwise: notUsed, report }),
    ),
  };
}

const Annotations = z.object({ "endpoints.kubernetes.io/last-change-trigger-time": z.string() });

/** Only a metric depends on it, so an invalid time is treated as missing. */
function readTriggerTime(annotations: unknown): Pick<EndpointSlice, "triggered"> {
  const read = Annotations.safeParse(annotations);
  const triggered = read.success ? Date.parse(Object.values(read.data)[0] ?? "") : Number.NaN;
  return Number.isNaN(triggered) ? {} : { triggered };
}

const notUsed = "this endpoint is not used";

function readServiceName(label: unknown, report: Report): string | undefined {
  const name = DNSLabel.safeParse(label);
  if (name.success) return name.data;
  const wrong = (label ?? "") === "" ? "is missing" : `${quote(label)} is not the name of a Service`;
  report('metadata.labels["kubernetes.io/service-name"]', `${wrong}; this slice is ignored`);
  return undefined;
}

function readFamily(addressType: unknown, report: Report): Family | undefined {
  if (addressType === "IPv4") return "ip";
  if (addressType === "IPv6") return "ip6";
  const wrong =
    (addressType ?? "") === "" ? "is missing" : `${quote(addressType)} is not supported (IPv4 and IPv6 are)`;
  report("addressType", `${wrong}; this slice is ignored`);
  return undefined;
}

const Port = z.object({ name: PortName, protocol: ProtocolName, port: PortNumber });

/** The ports of a slice, or of a subset of Endpoints. Of two with the same name and protocol the first one counts. */
export function readEndpointPorts(value: unknown, place: Place): readonly EndpointPort[] {
  const seen = new Set<string>();
  return parts(Port, value, place, (port, index) => {
    const key = `${port.protocol}/${port.name}`;
    if (seen.has(key)) {
      place.report(`${place.field}[${index}].name`, `${quote(port.name)} occurs twice; the first one is used`);
      return undefined;
    }
    seen.add(key);
    return port;
  });
}

const Condition = z.boolean().nullish();
const Hints = z.array(z.object({ name: z.string() })).nullish();

const EndpointObject = z.object({
  addresses: Unchecked,
  conditions: z.object({ ready: Condition, serving: Condition, terminating: Condition }).nullish(),
  nodeName: z.string().nullish(),
  hints: z.object({ forZones: Hints, forNodes: Hints }).nullish(),
});

function readEndpoints(value: unknown, family: Family, place: Place): readonly Endpoint[] {
  return parts(EndpointObject, value, place, ({ addresses, conditions, nodeName, hints }, index) => {
    // All addresses of an endpoint are the same endpoint; the first one is used.
    const first: unknown = Array.isArray(addresses) ? addresses[0] : addresses;
    const address = foreignAddress(first);
    if (address === undefined || addressFamily(address) !== family) {
      place.report(`${place.field}[${index}].addresses[0]`, `${whyNotEndpoint(first, address)}; ${place.otherwise}`);
      return undefined;
    }
    return {
      address,
      ready: conditions?.ready ?? true,
      serving: conditions?.serving ?? true,
      terminating: conditions?.terminating ?? false,
      nodeName: nodeName ? sharedText(nodeName) : undefined,
      zoneHints: hintNames(hints?.forZones),
      nodeHints: hintNames(hints?.forNodes),
    };
  });
}

function whyNotEndpoint(value: unknown, address: Address | undefined): string {
  if ((value ?? undefined) === undefined) return "is missing";
  return address === undefined ? whyNotForeign(value) : `${quote(value)} is not of the slice's addressType`;
}

const noHints: readonly string[] = [];

function hintNames(hints: z.infer<typeof Hints>): readonly string[] {
  if (!hints || hints.length === 0) return noHints;
  const [only] = hints;
  return only && hints.length === 1 ? sharedList(only.name) : hints.map(({ name }) => sharedText(name));
}

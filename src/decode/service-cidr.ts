import * as z from "zod";
import type { CIDR } from "../model/cidr.ts";
import { clusterMetadata, type Decoded, decodeObject } from "./object.ts";
import { part, parts, Unchecked } from "./part.ts";
import { DNSSubdomain, Network } from "./scalars.ts";

/** The networks of a networking.k8s.io/v1 ServiceCIDR, from its JSON. Anything that is not a network is ignored. It never throws. */
export function decodeServiceCIDR(object: unknown): Decoded<readonly CIDR[]> {
  return decodeObject("ServiceCIDR", ServiceCIDRObject, object, ({ spec }, report) => {
    const { cidrs } = part(ServiceCIDRSpec, spec, { field: "spec", otherwise: "it is ignored", report }) ?? {};
    const place = { field: "spec.cidrs", otherwise: "it is ignored", report };
    return parts(Network, cidrs, place, (network) => network);
  });
}

const ServiceCIDRObject = z.object({ metadata: clusterMetadata(DNSSubdomain), spec: Unchecked });

const ServiceCIDRSpec = z.object({ cidrs: Unchecked });

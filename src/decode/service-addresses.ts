import * as z from "zod";
import type { Address } from "../model/address.ts";
import type { CIDR } from "../model/cidr.ts";
import { part, parts, type Report, Unchecked } from "./part.ts";
import { ForeignAddress, Network } from "./scalars.ts";

/** `spec.externalIPs` of both families, without duplicates. Empty texts are ignored silently, as the API server accepts them. */
export function readExternalIPs(value: unknown, report: Report): readonly Address[] {
  const place = { field: "spec.externalIPs", otherwise: "it is not served", report };
  const addresses = parts(Unchecked, value, place, (text, index) =>
    part(ForeignAddress, text === "" ? undefined : text, { ...place, field: `${place.field}[${index}]` }),
  );
  return distinct(addresses);
}

const Status = z.object({ loadBalancer: z.object({ ingress: Unchecked }).nullish() });
const Ingress = z.object({ ip: Unchecked, ipMode: Unchecked });

/** The load balancer IPs whose packets reach nodes unchanged. With ipMode Proxy, the load balancer handles the address itself. */
export function readLoadBalancerIPs(status: unknown, report: Report): readonly Address[] {
  const otherwise = "it is not served";
  const field = "status.loadBalancer.ingress";
  const ingress = part(Status, status, { field: "status", otherwise, report })?.loadBalancer?.ingress;
  const addresses = parts(Ingress, ingress, { field, otherwise, report }, ({ ip, ipMode }, index) => {
    const isVIP = (ipMode ?? "VIP") === "VIP";
    return part(ForeignAddress, isVIP ? ip || undefined : undefined, {
      field: `${field}[${index}].ip`,
      otherwise,
      report,
    });
  });
  return distinct(addresses);
}

/** `spec.loadBalancerSourceRanges`: if there are any, load balancer IPs stay closed to what cannot be read. */
export function readSourceRanges(value: unknown, report: Report): readonly CIDR[] | undefined {
  if ((value ?? undefined) === undefined || (Array.isArray(value) && value.length === 0)) return undefined;
  const place = { field: "spec.loadBalancerSourceRanges", otherwise: "it allows no source", report };
  return parts(Network, value, place, (network) => network);
}

function distinct(addresses: readonly Address[]): readonly Address[] {
  return addresses.length < 2 ? addresses : [...new Set(addresses)];
}

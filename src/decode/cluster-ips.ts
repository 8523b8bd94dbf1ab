import * as z from "zod";
import { type Address, addressFamily, type Family } from "../model/address.ts";
import { part, parts, type Report, Unchecked } from "./part.ts";
import { quote } from "./quote.ts";
import { IPAddress } from "./scalars.ts";

type Spec = { readonly clusterIP?: unknown; readonly clusterIPs?: unknown; readonly ipFamilies?: unknown };

/** Headless Services have the ClusterIP `None`: their clients find endpoints by DNS. */
export function isHeadless({ clusterIP, clusterIPs }: Spec): boolean {
  return clusterIP === "None" || (Array.isArray(clusterIPs) && clusterIPs[0] === "None");
}

/**
 * The ClusterIPs of a Service, at most one of each family.
 *
 * `clusterIP` is older than `clusterIPs`, and is used if that is empty. `ipFamilies[i]` names the family of
 * `clusterIPs[i]`. It is not needed, because the API server derives it if it is missing.
 */
export function readClusterIPs(spec: Spec, report: Report): readonly Address[] {
  const ofEach = readFamilies(spec.ipFamilies, report);
  const given = givenClusterIPs(spec, report);
  if (given.length === 0) report("spec.clusterIP", "has no clusterIP yet; not served");
  const byFamily = new Map<Family, Address>();
  for (const { index, field, value } of given) {
    const address = part(IPAddress, value, { field, otherwise: "it is not served", report });
    if (address === undefined) continue;
    const family = addressFamily(address);
    const wrong = ofEach.wrong(index, family) ?? (byFamily.has(family) ? "is the second of its family" : undefined);
    if (wrong === undefined) byFamily.set(family, address);
    else report(field, `${quote(address)} ${wrong}; it is not served`);
  }
  return [...byFamily.values()];
}

type ClusterIP = { readonly index: number; readonly field: string; readonly value: unknown };

function givenClusterIPs({ clusterIP, clusterIPs }: Spec, report: Report): readonly ClusterIP[] {
  const legacy = clusterIP || undefined;
  const field = "spec.clusterIPs";
  const list = parts(Unchecked, clusterIPs, { field, otherwise: "it is ignored", report }, (value, index) =>
    value ? { index, field: `${field}[${index}]`, value } : undefined,
  );
  const first = list[0];
  if (first === undefined) return legacy === undefined ? [] : [{ index: 0, field: "spec.clusterIP", value: legacy }];
  if (legacy !== undefined && legacy !== first.value) {
    report("spec.clusterIP", `${quote(legacy)} differs from ${first.field}; it is ignored`);
  }
  return list;
}

const IPFamily = z.enum(["IPv4", "IPv6"]);

/** How `spec.ipFamilies` contradicts a ClusterIP, by its index and family. An empty list contradicts none. */
function readFamilies(value: unknown, report: Report) {
  const field = "spec.ipFamilies";
  const place = { field, otherwise: "it is ignored", report };
  const families = new Map(parts(IPFamily, value, place, (family, index) => [index, family] as const));
  const length = Array.isArray(value) ? value.length : 0;
  return {
    wrong(index: number, family: Family): string | undefined {
      if (length === 0) return undefined;
      if (index >= length) return `has no family in ${field}`;
      const expected = families.get(index);
      if (expected === undefined || (expected === "IPv4") === (family === "ip")) return undefined;
      return `is not of the family ${expected}, as ${field}[${index}] says`;
    },
  };
}

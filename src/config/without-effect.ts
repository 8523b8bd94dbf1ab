import * as z from "zod";
import type { Report } from "../decode/part.ts";
import { quoteField } from "../decode/quote.ts";
import { milliseconds } from "./duration.ts";

/** A field without effect, and its defaults other than empty values; durations in milliseconds. */
type Row = { readonly field: string; readonly usual?: readonly unknown[]; readonly why?: string };

const requests = "there are few requests, with a back-off after failures";

const everywhere: readonly Row[] = [
  { field: "logging.format", usual: ["text"], why: "the log is JSON, or text on a terminal" },
  { field: "logging.flushFrequency", usual: [5000, 5_000_000_000], why: "the log is not buffered" },
  { field: "logging.verbosity", why: "use -v" },
  { field: "logging" },
  { field: "clientConnection.acceptContentTypes" },
  { field: "clientConnection.contentType", usual: ["application/vnd.kubernetes.protobuf"] },
  { field: "clientConnection.qps", usual: [5], why: requests },
  { field: "clientConnection.burst", usual: [10], why: requests },
  { field: "enableProfiling", why: "there is no profiling" },
  { field: "showHiddenMetricsForVersion" },
  { field: "configSyncPeriod", usual: [900_000], why: "objects are watched" },
  { field: "portRange" },
  { field: "windowsRunAsService" },
  { field: "winkernel" },
];

const rowsOf: Readonly<Record<"iptables" | "ipvs" | "nftables", readonly Row[]>> = {
  iptables: [
    {
      field: "iptables.localhostNodePorts",
      why: "add localhost to nodePortAddresses to have NodePorts on loopback addresses",
    },
  ],
  ipvs: ["scheduler", "excludeCIDRs", "strictARP", "tcpTimeout", "tcpFinTimeout", "udpTimeout"].map((name) => ({
    field: `ipvs.${name}`,
  })),
  nftables: [],
};

/**
 * Reports what a file asks for and does not get: fields without effect that have a value, in the whole file and in
 * the section of its mode. Those that kubeadm writes by default are empty.
 */
export function reportWithoutEffect(object: unknown, mode: keyof typeof rowsOf, report: Report): void {
  const isKnown = new Set<string>();
  for (const { field, usual = [], why } of [...everywhere, ...rowsOf[mode]]) {
    for (const leaf of leaves(field, valueAt(object, field.split(".")))) {
      if (isKnown.has(leaf.field)) continue;
      isKnown.add(leaf.field);
      if (!isUsual(leaf.value, usual)) report(leaf.field, `has no effect${why === undefined ? "" : `; ${why}`}`);
    }
  }
}

function isUsual(value: unknown, usual: readonly unknown[]): boolean {
  return usual.includes(value) || (typeof value === "string" && usual.includes(milliseconds(value)));
}

const Fields = z.record(z.string(), z.unknown());

function valueAt(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => Fields.safeParse(value).data?.[name], object);
}

/** The values of a field, or of the fields below it. Aliases in a file may be circular. */
function leaves(
  field: string,
  value: unknown,
  depth = 0,
): readonly { readonly field: string; readonly value: unknown }[] {
  const fields = depth < 4 ? Fields.safeParse(value).data : undefined;
  if (fields === undefined) return isEmpty(value) ? [] : [{ field, value }];
  return Object.entries(fields).flatMap(([name, inner]) => leaves(`${field}.${quoteField(name)}`, inner, depth + 1));
}

function isEmpty(value: unknown): boolean {
  return !value || value === "0" || value === "0s" || (Array.isArray(value) && value.length === 0);
}

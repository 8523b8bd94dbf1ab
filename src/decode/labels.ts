import * as z from "zod";
import { part, type Report, Unchecked } from "./part.ts";

/** The labels that this proxy reads; undefined if an object does not have them. */
export type Labels = Partial<Readonly<Record<keyof z.infer<typeof LabelsObject>, unknown>>>;

const LabelsObject = z.object({
  "kubernetes.io/service-name": Unchecked,
  "service.kubernetes.io/headless": Unchecked,
  "service.kubernetes.io/service-proxy-name": Unchecked,
  "topology.kubernetes.io/zone": Unchecked,
});

export function labels(value: unknown, report: Report): Labels {
  return part(LabelsObject, value, { field: "metadata.labels", otherwise: "they are ignored", report }) ?? {};
}

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

const AnyLabels = z.record(z.string(), z.unknown());

/** All labels for people: `app=web,tier=front`, those that Kubernetes would accept. Undefined if there are none. */
export function labelsText(value: unknown): string | undefined {
  const { data = {} } = AnyLabels.safeParse(value ?? {});
  const texts = Object.entries(data).flatMap(([name, label]) =>
    typeof label === "string" ? [`${name}=${label}`] : [],
  );
  const valid = texts.filter((text) => /^[-\w./]{1,317}=[-\w.]{0,63}$/.test(text)).sort();
  return valid.length === 0 ? undefined : valid.slice(0, mostLabels).join();
}

const mostLabels = 20;

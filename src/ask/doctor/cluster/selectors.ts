import { nearest } from "../../../decode/nearest.ts";
import type { LabelledPod } from "../../../decode/pods.ts";
import { type Service, serviceKey } from "../../../model/service.ts";
import type { Finding } from "../../service/findings.ts";
import type { ClusterFacts } from "./cluster.ts";

/** Services without endpoints whose selector misses pods by one label. */
export function nearlySelected({ worlds, specOf, podsIn }: ClusterFacts): readonly Finding[] {
  const empty = new Set<Service>();
  const filled = new Set<Service>();
  for (const { service, ports } of worlds.flatMap(({ plans }) => [...plans.plans])) {
    (ports.some(({ endpoints }) => endpoints.addresses.length > 0) ? filled : empty).add(service);
  }
  return [...empty].flatMap((service) => {
    const selector = specOf(serviceKey(service))?.selector ?? "";
    if (filled.has(service) || selector === "") return [];
    const wanted = selector.split(",").map((each) => each.split("="));
    const misses = podsIn(service.namespace).flatMap((pod) => missOf(pod, wanted));
    const [first] = misses;
    if (first === undefined) return [];
    const more = misses.length === 1 ? "" : `, and ${misses.length - 1} more`;
    return [
      {
        severity: "error",
        subject: serviceKey(service),
        evidence: `selects ${selector}, and misses the pod ${first}${more}`,
        consequence: "it has no endpoints, and clients are refused",
        remedy: "change spec.selector, or the labels of the pods (spec.template.metadata.labels of their workload)",
      } as const,
    ];
  });
}

/** How a pod differs, if only one of several labels does, or if a single one looks misspelt. */
function missOf({ name, labels }: LabelledPod, wanted: readonly (readonly string[])[]): readonly string[] {
  const missing = wanted.filter(([key = "", value]) => labels.get(key) !== value);
  const [[key = "", value = ""] = [], ...others] = missing;
  const own = labels.get(key);
  if (key === "" || others.length > 0) return [];
  if (wanted.length === 1 && (own === undefined || nearest(value, [own]) === undefined)) return [];
  return [`${name}, which has ${own === undefined ? `no label ${key}` : `${key}=${own}`}`];
}

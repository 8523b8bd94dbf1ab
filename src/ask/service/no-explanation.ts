import { nearest } from "../../decode/nearest.ts";
import type { ServiceDetails } from "../../decode/service-details.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { ServiceExplanation } from "./explanation.ts";

/** The answer about a Service: `/explain.json`. */
export type ServiceAnswer = (
  | { readonly kind: "explained"; readonly explanation: ServiceExplanation }
  | NoExplanation
) & {
  /** Whether the objects themselves were read: without them, names of pods and zones are not known. */
  readonly hasDetails: boolean;
};

/** The Service has no plan, because it does not exist, or because this proxy does not serve it. */
export type NoExplanation = {
  readonly kind: "unexplained";
  /** What is known of it; undefined if it does not exist. */
  readonly details: Pick<ServiceDetails, "unserved" | "externalName"> | undefined;
  /** The names of Services that may have been meant. */
  readonly known: readonly ObjectKey[];
};

/** The answer in words. */
export function whyUnexplained(
  key: ObjectKey,
  { details, known, hasDetails }: Omit<NoExplanation, "kind"> & { readonly hasDetails: boolean },
): string {
  if (details !== undefined) return whoseWork(key, details);
  const hint = hintOf(key, known);
  return hasDetails
    ? `there is no Service ${key}${hint}`
    : `no Service ${key} is served here, and the API server cannot be asked now whether it exists${hint}`;
}

function hintOf(key: ObjectKey, known: readonly ObjectKey[]): string {
  const near = nearest(key, known);
  const [, name] = key.split("/");
  const elsewhere = known.filter((each) => each.endsWith(`/${name}`)).slice(0, 3);
  const meant = near === undefined ? elsewhere : [near];
  return meant.length > 0 ? `; did you mean ${meant.join(" or ")}?` : "";
}

/** Why this proxy does not serve a Service. */
function whoseWork(
  key: ObjectKey,
  { unserved, externalName }: Pick<ServiceDetails, "unserved" | "externalName">,
): string {
  switch (unserved) {
    case "headless":
      return `Service ${key} is headless: the cluster's DNS answers with the addresses of its endpoints, and clients connect to them directly. No service proxy is involved`;
    case "ExternalName":
      return `Service ${key} is of type ExternalName: the cluster's DNS answers with the name ${JSON.stringify(externalName ?? "")}. No service proxy is involved`;
    case "other proxy":
      return `Service ${key} has the label service.kubernetes.io/service-proxy-name: another proxy serves it`;
    case undefined:
      return `Service ${key} is not served: it has no usable ClusterIP, or is malformed; render says what is wrong with it`;
  }
}

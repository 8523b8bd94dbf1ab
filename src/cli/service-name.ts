import { nearest } from "../decode/nearest.ts";
import type { KindedObject } from "../decode/objects.ts";
import { type ServiceDetails, serviceDetails, serviceNames } from "../decode/service-details.ts";
import type { ObjectKey } from "../model/service.ts";

/** `web` and `service/web` are in the namespace default, as for kubectl. */
export function serviceKeyOf(name: string): ObjectKey {
  const parts = name.replace(/^(svc|service|services)\//i, "").split("/");
  const [first = "", second] = parts;
  if (parts.length > 2 || first === "" || second === "")
    throw new Error(`${JSON.stringify(name)} is not NAMESPACE/NAME`);
  return second === undefined ? `default/${first}` : `${first}/${second}`;
}

/** Why there is no plan of a Service. */
export function whyNotServed(key: ObjectKey, objects: readonly KindedObject[]): string {
  const details = serviceDetails(objects, key);
  return details === undefined ? unknownService(key, serviceNames(objects)) : whoseWork(key, details);
}

function unknownService(key: ObjectKey, known: readonly ObjectKey[]): string {
  const near = nearest(key, known);
  const [, name] = key.split("/");
  const elsewhere = known.filter((each) => each.endsWith(`/${name}`)).slice(0, 3);
  const meant = near === undefined ? elsewhere : [near];
  const hint =
    meant.length > 0 ? `; did you mean ${meant.join(" or ")}?` : known.length === 0 ? "; the input has no Service" : "";
  return `there is no Service ${key}${hint}`;
}

/** Whose work a Service is that no service proxy serves. */
function whoseWork(key: ObjectKey, { unserved, externalName }: ServiceDetails): string {
  switch (unserved) {
    case "headless":
      return `Service ${key} is headless: the cluster's DNS answers with the addresses of its endpoints, and clients connect to them directly. No service proxy has a part in it`;
    case "ExternalName":
      return `Service ${key} is of type ExternalName: the cluster's DNS answers with the name ${JSON.stringify(externalName ?? "")}. No service proxy has a part in it`;
    case "other proxy":
      return `Service ${key} has the label service.kubernetes.io/service-proxy-name: another proxy serves it`;
    case undefined:
      return `Service ${key} is not served: it has no usable ClusterIP, or is malformed; render says what is wrong with it`;
  }
}

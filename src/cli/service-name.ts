import { whyUnexplained } from "../ask/service/no-explanation.ts";
import type { KindedObject } from "../decode/objects.ts";
import { serviceDetails, serviceNames } from "../decode/service-details.ts";
import type { ObjectKey } from "../model/service.ts";

/** `web` and `service/web` are in the namespace default, as for kubectl. */
export function serviceKeyOf(name: string): ObjectKey {
  const parts = name.replace(/^(svc|service|services)\//i, "").split("/");
  const [first = "", second] = parts;
  if (parts.length > 2 || first === "" || second === "")
    throw new Error(`${JSON.stringify(name)} is not NAMESPACE/NAME`);
  return second === undefined ? `default/${first}` : `${first}/${second}`;
}

/** Why a Service has no plan. */
export function whyNotServed(key: ObjectKey, objects: readonly KindedObject[]): string {
  const details = serviceDetails(objects, key);
  return whyUnexplained(key, { details, known: serviceNames(objects), hasDetails: objects.length > 0 });
}

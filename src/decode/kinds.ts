import { nearest } from "./nearest.ts";
import type { KindedObject } from "./objects.ts";
import { quote } from "./quote.ts";

/** The kinds that are read, and their apiVersions. Kinds of the same name in other API groups are ignored. */
const apiVersions: Readonly<Record<string, readonly string[]>> = {
  Service: ["v1"],
  EndpointSlice: ["discovery.k8s.io/v1"],
  Endpoints: ["v1"],
  Node: ["v1"],
  ServiceCIDR: ["networking.k8s.io/v1", "networking.k8s.io/v1beta1"],
};

export const kinds: readonly string[] = Object.keys(apiVersions);

export function isRead({ kind, apiVersion }: KindedObject): boolean {
  return Object.hasOwn(apiVersions, kind) && (apiVersions[kind]?.some((each) => each === apiVersion) ?? false);
}

/** Why an object that is not read may have been meant to be; undefined if not. */
export function whyUnread(input: KindedObject): string | undefined {
  const { kind, apiVersion } = input;
  if (isRead(input)) return undefined;
  if (kind === "KubeProxyConfiguration") return "is a configuration; use --config to read it";
  const hasVersion = (apiVersion ?? "") !== "";
  if (kinds.includes(kind)) {
    if (!hasVersion) return "has no apiVersion";
    const isOld = kind === "EndpointSlice" && apiVersion === "discovery.k8s.io/v1beta1";
    return isOld ? `${quote(apiVersion)} is not supported (discovery.k8s.io/v1 is)` : undefined;
  }
  const meant = nearest(kind, kinds);
  if (meant === undefined || (hasVersion && !isRead({ ...input, kind: meant }))) return undefined;
  return `is of an unknown kind (did you mean ${meant}?)`;
}

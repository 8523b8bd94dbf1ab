import * as z from "zod";
import type { Address } from "../model/address.ts";
import { isHeadless, readClusterIPs } from "./cluster-ips.ts";
import { labels } from "./labels.ts";
import { type Decoded, decodeObject, namespacedMetadata } from "./object.ts";
import { Unchecked } from "./part.ts";
import { DNSLabel } from "./scalars.ts";

/**
 * The ClusterIPs of a v1 Service that another proxy serves, from its JSON. There is no value if no other proxy does. What is
 * wrong with it is the other proxy's business.
 */
export function decodeOtherService(object: unknown): Decoded<readonly Address[]> {
  const { value } = decodeObject("Service", OtherServiceObject, object, ({ metadata, spec }) => {
    const isOthers = labels(metadata.labels, ignore)["service.kubernetes.io/service-proxy-name"] !== undefined;
    const clusterIPs = isOthers && !isHeadless(spec) ? readClusterIPs(spec, ignore) : [];
    return clusterIPs.length === 0 ? undefined : clusterIPs;
  });
  return { value, problems: [] };
}

const ignore = () => undefined;

const OtherServiceObject = z.object({
  metadata: namespacedMetadata(DNSLabel),
  spec: z.object({ clusterIP: Unchecked, clusterIPs: Unchecked, ipFamilies: Unchecked }),
});

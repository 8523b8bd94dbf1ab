import type { Family } from "../../../model/address.ts";
import { annotationName } from "../../../model/annotations.ts";
import type { Problem } from "../../../model/problem.ts";
import { serviceKey } from "../../../model/service.ts";
import type { Settings } from "../../settings.ts";
import type { ServedService } from "../planned-frontend.ts";

/** Settings that iptables handles differently, or not at all. */
export function iptablesProblems(
  family: Family,
  services: readonly ServedService[],
  { counters, families }: Settings,
): readonly Problem[] {
  const sticky = services.filter(({ plan: { service }, frontends }) => service.sessionAffinity && frontends.length > 0);
  return [
    ...(counters ? [{ object: "", field: "--counters", message: "iptables counts packets of rules only" }] : []),
    ...(families[family].nodePortAddresses.loopback
      ? [{ object: "", field: "nodePortAddresses", message: "rules serve no NodePorts on loopback addresses" }]
      : []),
    ...sticky.map(({ plan: { service } }) => ({
      object: `Service ${serviceKey(service)}`,
      field: "spec.sessionAffinity",
      message:
        "iptables remembers clients for all frontends of a port together, and no more than 100 for each endpoint unless the module xt_recent has another ip_list_tot",
    })),
    ...services.filter(isHashed).map(({ plan: { service } }) => ({
      object: `Service ${serviceKey(service)}`,
      field: `metadata.annotations["${annotationName("balancing")}"]`,
      message: "iptables cannot choose an endpoint by a hash of the client; it is balanced at random",
    })),
  ];
}

function isHashed({ frontends }: ServedService): boolean {
  return frontends.some(({ frontend: { balancing } }) => balancing !== "random");
}

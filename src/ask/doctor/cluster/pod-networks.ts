import { endpointPlans, isUsed } from "../../../compile/plan/service-plan.ts";
import { type Address, familyName } from "../../../model/address.ts";
import { cidrFinder } from "../../../model/cidr.ts";
import { serviceKey } from "../../../model/service.ts";
import type { Finding } from "../../service/findings.ts";
import { shortened } from "../../shortened.ts";
import type { World } from "../../world.ts";
import type { ClusterFacts } from "./cluster.ts";

/** Pods are endpoints, but their addresses are in none of the configured pod networks. */
export function outsidePodNetworks(
  { family, settings, plans }: World,
  { nodes, podOf }: ClusterFacts,
): readonly Finding[] {
  const { podNetworks } = settings.families[family];
  if (podNetworks.length === 0) return [];
  const networkOf = cidrFinder(podNetworks);
  const outside = new Map<Address, string>();
  for (const { service, ports } of plans.plans) {
    for (const each of ports.flatMap(endpointPlans)) {
      const { address } = each.endpoint;
      // Endpoints that are not pods, or that share their node's network, are always outside.
      if (!isUsed(each) || podOf(address) === undefined || nodes.has(address)) continue;
      if (networkOf(address) === undefined) outside.set(address, serviceKey(service));
    }
  }
  const [first] = outside;
  if (first === undefined) return [];
  const [address, service] = first;
  const more = outside.size === 1 ? "" : ` and ${outside.size - 1} more`;
  return [
    {
      severity: "warning",
      subject: `KubeProxyConfiguration (${familyName(family)})`,
      evidence: `clusterCIDR ${shortened(podNetworks)} does not contain the pod ${podOf(address)}, ${address}, of ${service}${more}`,
      consequence:
        "pods outside it are treated as clients from outside: Services see the node's address instead of theirs, and network policies may drop their connections",
      remedy: "set clusterCIDR to the networks that the CNI plugin assigns to pods",
    },
  ];
}

import { type Family, familyName } from "../../../model/address.ts";
import type { Finding } from "../../service/findings.ts";
import type { ClusterFacts } from "../cluster/cluster.ts";
import type { NodeFacts } from "./node-facts.ts";

/** The kernel does not forward packets of a family that has Services. */
export function forwardingOff({ worlds }: ClusterFacts, { sysctls }: NodeFacts): readonly Finding[] {
  return worlds.flatMap(({ family, plans }) => {
    const name = forwardingSysctls[family];
    const isUsed = [...plans.plans].some(({ clusterIP }) => clusterIP !== undefined);
    if (!isUsed || sysctls.get(name) !== "0") return [];
    return [
      {
        severity: "error",
        subject: "this node",
        evidence: `does not forward ${familyName(family)}: ${name} is 0`,
        consequence: "connections from pods and from outside to Services fail here, and pods cannot reach other hosts",
        remedy: `sysctl -w ${name}=1, and the same in /etc/sysctl.d`,
      } as const,
    ];
  });
}

export const forwardingSysctls: Readonly<Record<Family, string>> = {
  ip: "net.ipv4.ip_forward",
  ip6: "net.ipv6.conf.all.forwarding",
};

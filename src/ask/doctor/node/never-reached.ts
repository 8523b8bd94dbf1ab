import { frontendKey, frontendText, isExternal } from "../../../compile/plan/frontends.ts";
import { familyName } from "../../../model/address.ts";
import { servicePortName } from "../../../model/service.ts";
import type { Finding } from "../../service/findings.ts";
import { shortened } from "../../shortened.ts";
import type { ClusterFacts } from "../cluster/cluster.ts";
import type { NodeFacts } from "./node-facts.ts";

/** Frontends for clients outside the cluster that have never had a connection, if the rules count. */
export function neverReached({ worlds }: ClusterFacts, { newConnections }: NodeFacts): readonly Finding[] {
  return worlds.flatMap(({ family, plans }) => {
    const counts = newConnections.get(family);
    if (counts === undefined || counts.size === 0) return [];
    const silent: string[] = [];
    let known = 0;
    for (const { service, ports } of plans.plans) {
      for (const { port, frontends } of ports) {
        for (const { frontend } of frontends.filter((each) => isExternal(each.frontend))) {
          const count = counts.get(frontendKey(frontend));
          if (count !== undefined) known += 1;
          if (count === 0) silent.push(`${frontendText(frontend)} of ${servicePortName(service, port)}`);
        }
      }
    }
    if (silent.length === 0) return [];
    const verb = silent.length === 1 ? "has" : "have";
    return [
      {
        severity: "note",
        subject: `this node (${familyName(family)})`,
        evidence: `counts connections from outside, and ${silent.length} of ${known} frontends ${verb} had none: ${shortened(silent)}`,
        consequence: "clients that try to connect to them do not reach the rules of this node",
        remedy:
          "nothing, if no client tries; otherwise check firewalls and load balancers in front of this node, and the address that clients use: tcpdump -ni any port",
      } as const,
    ];
  });
}

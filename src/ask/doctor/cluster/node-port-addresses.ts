import { familyName, isLoopback } from "../../../model/address.ts";
import type { Finding } from "../../service/findings.ts";
import { shortened } from "../../shortened.ts";
import type { World } from "../../world.ts";

/** The cluster has NodePorts, and the node has addresses that do not serve them. */
export function nodePortAddresses({ family, settings, nodeAddresses, plans }: World): readonly Finding[] {
  const { any, addresses } = settings.families[family].nodePortAddresses;
  const others = [...nodeAddresses].filter((each) => !addresses.includes(each) && !isLoopback(each));
  if (any || others.length === 0 || addresses.length === 0) return [];
  const hasNodePorts = [...plans.plans].some(({ ports }) => ports.some(({ port }) => port.nodePort !== undefined));
  if (!hasNodePorts) return [];
  return [
    {
      severity: "note",
      subject: `Node ${settings.nodeName} (${familyName(family)})`,
      evidence: `serves NodePorts at ${shortened(addresses)}, but not at its other addresses ${shortened(others)}`,
      consequence: "connections to a NodePort at the other addresses are not translated, and the node refuses them",
      remedy: "nothing, if clients use the first ones; otherwise add the networks of the others to nodePortAddresses",
    },
  ];
}

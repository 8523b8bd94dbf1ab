import type { Finding } from "../../service/findings.ts";
import { shortened } from "../../shortened.ts";
import type { NodeFacts } from "./node-facts.ts";

/** Pods on a bridge answer each other without passing the rules, so a client gets its answer from the wrong address. */
export function bridgesUnfiltered({ sysctls, interfaces }: NodeFacts): readonly Finding[] {
  const bridges = interfaces.filter(({ isBridge }) => isBridge).map(({ name }) => name);
  const off = bridgeSysctls.filter((name) => sysctls.get(name) === "0");
  const isMissing = bridgeSysctls.every((name) => !sysctls.has(name));
  if (bridges.length === 0 || (off.length === 0 && !isMissing)) return [];
  return [
    {
      severity: "warning",
      subject: "this node",
      evidence: `has the bridge ${shortened(bridges)}, and ${isMissing ? "the module br_netfilter is not loaded" : `${off.join(" and ")} ${off.length === 1 ? "is" : "are"} 0`}`,
      consequence: "if pods are attached to it, they get no answer from a Service whose endpoint is on the same bridge",
      remedy:
        "modprobe br_netfilter; sysctl -w net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1",
    },
  ];
}

export const bridgeSysctls = ["net.bridge.bridge-nf-call-iptables", "net.bridge.bridge-nf-call-ip6tables"] as const;

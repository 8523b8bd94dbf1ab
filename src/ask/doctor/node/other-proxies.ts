import type { Finding } from "../../service/findings.ts";
import { shortened } from "../../shortened.ts";
import type { NodeFacts } from "./node-facts.ts";

/** A kube-proxy runs on this node, or has left rules. */
export function otherProxies({ chains, proxies }: NodeFacts): readonly Finding[] {
  const { running, virtualServers } = proxies;
  const tables = new Set(
    chains.filter(({ table }) => table === "kube-proxy").map(({ family }) => `table ${family} kube-proxy`),
  );
  const inIptables = chains.filter(({ table, name }) => table !== "kube-proxy" && isServiceChain(name));
  const names = [...new Set(inIptables.map(({ name }) => name))];
  const traces = [
    ...tables,
    ...(names.length === 0 ? [] : [`${inIptables.length} chains of iptables (${shortened(names)})`]),
    ...(virtualServers === 0 ? [] : [`${virtualServers} virtual servers of IPVS`]),
  ];
  const findings: Finding[] = [];
  if (running.length > 0) {
    findings.push({
      severity: "error",
      subject: "this node",
      evidence: `runs ${shortened(running)} beside kube-nft`,
      consequence: "two proxies translate the same connections: the first one decides, and the other has no effect",
      remedy: "run one of them: see docs/migration.md",
    });
  }
  if (traces.length > 0) {
    findings.push({
      severity: running.length > 0 ? "warning" : "error",
      subject: "this node",
      evidence: `has rules of kube-proxy: ${traces.join(", ")}`,
      consequence:
        running.length > 0
          ? "they are in force as long as it runs"
          : "nobody keeps them up to date: they send connections to endpoints that are gone",
      remedy:
        tables.size === traces.length
          ? "kube-nft cleanup --kube-proxy"
          : "kube-proxy --cleanup, and kube-nft cleanup --kube-proxy; or restart the node",
    });
  }
  return findings;
}

/** The kubelet itself creates the chains KUBE-FIREWALL, KUBE-KUBELET-CANARY and KUBE-MARK-DROP. */
function isServiceChain(name: string): boolean {
  return /^KUBE-(SERVICES|NODEPORTS|SVC-|SEP-|EXT-|FW-|XLB-|EXTERNAL-SERVICES|PROXY-)/.test(name);
}

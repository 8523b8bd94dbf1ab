import type { Finding } from "../../service/findings.ts";
import type { NodeFacts } from "./node-facts.ts";

/** The connection table is or was full, or fills up, or connections collide in it. */
export function conntrackFindings({ conntrack }: NodeFacts): readonly Finding[] {
  if (conntrack === undefined) return [];
  const { count, max, drop, earlyDrop, insertFailed } = conntrack;
  const share = max === 0 ? 0 : count / max;
  const subject = "conntrack";
  const remedy =
    "raise net.netfilter.nf_conntrack_max (conntrack.min in the configuration), or find who holds so many: kube-nft flows";
  const findings: Finding[] = [];
  if (share >= 0.75) {
    findings.push({
      severity: share >= 0.95 ? "error" : "warning",
      subject,
      evidence: `tracks ${count} of at most ${max} connections, ${Math.floor(share * 100)} %`,
      consequence: "when the table is full, the packets of all new connections are dropped",
      remedy,
    });
  }
  if (drop + earlyDrop > 0) {
    findings.push({
      severity: "warning",
      subject,
      evidence: `has been full since the node started: ${drop} packets were dropped, and ${earlyDrop} connections removed to make room`,
      consequence: "some new connections timed out, or took a second longer",
      remedy,
    });
  }
  if (insertFailed > 0) {
    findings.push({
      severity: "note",
      subject,
      evidence: `could not insert ${insertFailed} connections since the node started`,
      consequence:
        "their first packets were lost; most often these are two DNS queries sent at once from one port, and one of them then takes 5 s",
      remedy:
        "nothing, if the number no longer grows; otherwise use a DNS cache on the node, or the resolver option single-request-reopen",
    });
  }
  return findings;
}

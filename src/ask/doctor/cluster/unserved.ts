import type { Finding } from "../../service/findings.ts";
import { shortened } from "../../shortened.ts";
import type { ClusterFacts, UnservedService } from "./cluster.ts";

/** Services that a service proxy does not handle. */
export function unservedServices({ unserved }: ClusterFacts): readonly Finding[] {
  return kinds.flatMap(({ why, evidence, consequence, remedy }) => {
    const services = unserved.filter((each) => each.why === why).map(({ service }) => service);
    if (services.length === 0) return [];
    const verb = services.length === 1 ? "is" : "are";
    return [
      { severity: "note", subject: shortened(services), evidence: `${verb} ${evidence}`, consequence, remedy } as const,
    ];
  });
}

const kinds: readonly (Omit<Finding, "severity" | "subject"> & Pick<UnservedService, "why">)[] = [
  {
    why: "headless",
    evidence: "headless (clusterIP: None)",
    consequence: "the cluster's DNS gives clients the addresses of endpoints, and no service proxy is involved",
    remedy: "nothing; if clients cannot connect, query the DNS server, and try the endpoints directly",
  },
  {
    why: "ExternalName",
    evidence: "of type ExternalName",
    consequence: "the cluster's DNS gives clients another name, and no service proxy is involved",
    remedy: "nothing; if clients cannot connect, look up that name",
  },
  {
    why: "other proxy",
    evidence: "labelled service.kubernetes.io/service-proxy-name",
    consequence: "another proxy serves that, or none does",
    remedy: "remove the label if kube-nft should serve that",
  },
];

import { endpointPlans, isUsed } from "../../../compile/plan/service-plan.ts";
import { servicePortName } from "../../../model/service.ts";
import type { Finding } from "../../service/findings.ts";
import type { ClusterFacts } from "../cluster/cluster.ts";
import type { Listening, NodeFacts } from "./node-facts.ts";

/** Endpoints of this node on which no program listens. */
export function notListening({ worlds, podOf }: ClusterFacts, { listening }: NodeFacts): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { service, ports } of worlds.flatMap(({ plans }) => [...plans.plans])) {
    for (const planOfPort of ports) {
      const { port } = planOfPort;
      for (const each of endpointPlans(planOfPort)) {
        const { address, nodeName } = each.endpoint;
        if (!isUsed(each) || nodeName === undefined) continue;
        const wrong = faults[listening(address, port.protocol, each.port) ?? "yes"];
        if (wrong === undefined) continue;
        const pod = podOf(address);
        findings.push({
          severity: wrong.severity,
          subject: servicePortName(service, port),
          evidence: `has the endpoint ${address} port ${each.port}/${port.protocol}${pod === undefined ? "" : ` (pod ${pod})`}, where ${wrong.evidence}`,
          consequence: wrong.consequence,
          remedy: wrong.remedy,
        });
      }
    }
  }
  return findings;
}

type Fault = Pick<Finding, "severity" | "evidence" | "consequence" | "remedy">;

const remedy = "set targetPort to the port that the program listens on, or make the program listen on this one";
const faults: Readonly<Record<NonNullable<ReturnType<Listening>>, Fault | undefined>> = {
  yes: undefined,
  no: {
    severity: "error",
    evidence: "no program listens",
    consequence: "the pod refuses connections to it",
    remedy,
  },
  refused: {
    severity: "error",
    evidence: "connections are refused",
    consequence: "clients that get this endpoint are refused",
    remedy,
  },
  loopback: {
    severity: "error",
    evidence: "a program listens on loopback addresses only",
    consequence: "the pod refuses connections to it",
    remedy: "make the program listen on 0.0.0.0 or ::",
  },
  silent: {
    severity: "warning",
    evidence: "there was no answer within a second",
    consequence: "clients that get this endpoint time out",
    remedy: "check whether a network policy or the CNI plugin drops them, and whether the pod's node is healthy",
  },
};

import { tableName } from "../../../nft/ruleset.ts";
import type { Finding } from "../../service/findings.ts";
import type { NodeFacts } from "./node-facts.ts";

/** There are no tables, or nothing keeps them up to date. */
export function agentFindings({ hasAgent, setAside, unopened, chains }: NodeFacts): readonly Finding[] {
  const hasTable = chains.some(({ table }) => table === tableName);
  if (hasTable && hasAgent) return [...setAside.map(setAsideFinding), ...unopened.map(unopenedFinding)];
  const subject = "this node";
  if (!hasTable) {
    return [
      {
        severity: "error",
        subject,
        evidence: `has no table ${tableName}${hasAgent ? ", although an agent runs" : ", and no agent runs"}`,
        consequence: "kube-nft serves no Service here",
        remedy: hasAgent
          ? "see the agent's log for why it cannot load its rules"
          : "start the agent, or use kube-nft apply",
      },
    ];
  }
  return [
    {
      severity: "warning",
      subject,
      evidence: `has tables ${tableName}, but no agent runs to keep them up to date`,
      consequence: "changes to Services and endpoints do not reach this node",
      remedy: "start the agent; kubectl logs --previous shows why it ended",
    },
  ];
}

function setAsideFinding({ what, reason }: NodeFacts["setAside"][number]): Finding {
  return {
    severity: "error",
    subject: what,
    evidence: `is set aside: ${reason}`,
    consequence: "this node does not serve it, but serves all others",
    remedy: "change what nft refuses; the agent tries it again when it changes, and every few minutes",
  };
}

function unopenedFinding({ at, service, message }: NodeFacts["unopened"][number]): Finding {
  return {
    severity: "error",
    subject: service,
    evidence: `its NodePort cannot be opened at ${at}: ${message}`,
    consequence: "connections to it over loopback are refused, or reach the program that has the port",
    remedy:
      "stop that program (ss -tlnp shows it), or give the Service another nodePort; the agent tries again every 5 s",
  };
}

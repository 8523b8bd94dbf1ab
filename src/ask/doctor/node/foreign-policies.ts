import { tableName } from "../../../nft/ruleset.ts";
import type { Finding } from "../../service/findings.ts";
import type { NodeFacts } from "./node-facts.ts";

/** Another program's chains drop what their rules do not accept, on the path of packets to Services. */
export function foreignPolicies({ chains }: NodeFacts): readonly Finding[] {
  return chains.flatMap(({ family, table, name, hook, drops, uses }) => {
    if (!drops || table === tableName || (hook !== "forward" && hook !== "input")) return [];
    const rules = uses === 0 ? "no rules" : `${uses} rule${uses === 1 ? "" : "s"}`;
    const isLegacy = family.endsWith("-legacy");
    const listing = isLegacy ? `${family} -t ${table} -S ${name}` : `nft list chain ${family} ${table} ${name}`;
    const isClosed = uses === 0 && hook === "forward";
    return [
      {
        severity: isClosed ? "error" : "warning",
        subject: `table ${family} ${table}`,
        evidence: `has the chain ${name} at ${hook} with policy drop and ${rules}`,
        consequence: isClosed
          ? "connections through Services to pods, and from pods to anywhere, are dropped"
          : hook === "forward"
            ? "connections to pods are dropped unless its rules accept them, whatever the rules of Services say"
            : "NodePorts whose endpoints are on the host network, and health check node ports, are closed unless its rules accept them",
        remedy: `check its rules (${listing}), and add rules that accept the pod networks or ct status dnat`,
      } as const,
    ];
  });
}

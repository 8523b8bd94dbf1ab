import type { Finding } from "../../service/findings.ts";
import { shortened } from "../../shortened.ts";
import type { NodeFacts } from "./node-facts.ts";

/**
 * Interfaces drop packets from sources to which the routes lead by another interface. The stricter of both values applies.
 */
export function strictReversePaths({ sysctls, interfaces }: NodeFacts): readonly Finding[] {
  const value = (name: string) => Number(sysctls.get(`net.ipv4.conf.${name}.rp_filter`) ?? 0);
  const all = value("all");
  const strict = interfaces.filter(({ name }) => name !== "lo" && Math.max(all, value(name)) === 1);
  if (strict.length === 0) return [];
  const names = strict.map(({ name }) => name);
  return [
    {
      severity: "warning",
      subject: "this node",
      evidence: `has strict rp_filter (1) on ${shortened(names)}`,
      consequence:
        "a packet that arrives on another interface than its answer would leave by, as with several networks or a load balancer, is dropped silently",
      remedy: "sysctl -w net.ipv4.conf.all.rp_filter=2 (loose), unless only one interface leads to each network",
    },
  ];
}

import type { Match, Rule } from "../../../iptables/rule.ts";
import { hostCIDR } from "../../../model/cidr.ts";
import type { Frontend } from "../../plan/frontends.ts";

export function jump(chain: string, comment: string | undefined, ...matches: readonly Match[]): Rule {
  return { matches, comment, target: { kind: "jump", chain } };
}

/** A packet to a frontend; for a NodePort, the address has been checked before. */
export function frontendMatches(frontend: Frontend): readonly Match[] {
  const transport: Match = { kind: "transport", protocol: frontend.protocol, dport: frontend.port };
  if (frontend.kind === "nodePort") return [transport];
  return [{ kind: "destination", cidr: hostCIDR(frontend.address) }, transport];
}

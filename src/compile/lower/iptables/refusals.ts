import type { Rule, Target } from "../../../iptables/rule.ts";
import type { CIDR } from "../../../model/cidr.ts";
import type { Protocol } from "../../../model/port.ts";
import { servicePortName } from "../../../model/service.ts";
import { type FrontendPlan, listOf } from "../../plan/service-plan.ts";
import type { PlannedFrontend } from "../planned-frontend.ts";
import { frontendMatches } from "./rules.ts";

/** The rules of the table `filter` for untranslated packets. */
export function refusalRule({
  plan,
  port,
  frontend: { frontend, outsiders, whenEmpty },
}: PlannedFrontend): Rule | undefined {
  if (whenEmpty === "pass" || listOf(port, outsiders).length > 0) return undefined;
  const ends = {
    refuse: { why: "no endpoints", target: reject(frontend.protocol) },
    drop: { why: "no local endpoints", target: { kind: "drop" } },
  } as const;
  const { why, target } = ends[whenEmpty];
  return {
    matches: frontendMatches(frontend),
    comment: `${servicePortName(plan.service, port.port)} has ${why}`,
    target,
  };
}

export function reject(protocol: Protocol | undefined): Target {
  return { kind: "reject", with: protocol === "tcp" ? "tcp-reset" : undefined };
}

/** Whether only some sources may connect. */
export function isRestricted({ sources, denied }: FrontendPlan): boolean {
  return sources !== undefined || denied.length > 0;
}

/**
 * Drops packets that source ranges exclude: packets that get here have not been translated. Without endpoints, that is
 * every packet, and those of allowed sources go on to be refused.
 */
export function firewallRules(planned: PlannedFrontend): readonly Rule[] {
  const { plan, port, frontend: planOfFrontend } = planned;
  const { frontend, sources, denied } = planOfFrontend;
  if (!isRestricted(planOfFrontend)) return [];
  const comment = `${servicePortName(plan.service, port.port)} traffic that source ranges do not accept`;
  const rule = (kind: "drop" | "return", cidr?: CIDR): Rule => ({
    matches: [...(cidr === undefined ? [] : [{ kind: "source", cidr } as const]), ...frontendMatches(frontend)],
    comment,
    target: { kind },
  });
  if (listOf(port, planOfFrontend.outsiders).length > 0) return [rule("drop")];
  const allowed = sources?.map((cidr) => rule("return", cidr));
  return [...denied.map((cidr) => rule("drop", cidr)), ...(allowed === undefined ? [] : [...allowed, rule("drop")])];
}

import type { FrontendPlan, ServicePlan } from "../../compile/plan/service-plan.ts";
import { familyName } from "../../model/address.ts";
import { annotationName } from "../../model/annotations.ts";
import { prefixLength } from "../../model/cidr.ts";
import { serviceKey } from "../../model/service.ts";
import { shortened } from "../shortened.ts";
import type { Finding } from "./findings.ts";

/**
 * What keeps clients from a Service's load balancer IPs.
 *
 * @param plans of one Service, one for each family
 */
export function loadBalancerFindings(plans: readonly ServicePlan[]): readonly Finding[] {
  return [...plans.flatMap(sourceRanges), ...withoutAddress(plans)];
}

const restrictable = [
  {
    what: "load balancer IPs",
    field: "spec.loadBalancerSourceRanges",
    isOne: ({ frontend }: FrontendPlan) => frontend.kind === "address" && frontend.source === "loadBalancerIP",
  },
  {
    what: "NodePorts and external IPs",
    field: annotationName("node-port-source-ranges"),
    isOne: ({ frontend }: FrontendPlan) => frontend.kind === "nodePort" || frontend.source === "externalIP",
  },
] as const;

function sourceRanges({ service, family, ports }: ServicePlan): readonly Finding[] {
  const subject = `${serviceKey(service)} (${familyName(family)})`;
  const frontends = ports.flatMap((port) => port.frontends);
  const deny = annotationName("deny-source-ranges");
  const deniesAll = service.annotations?.denySourceRanges?.some((range) => prefixLength(range) === 0) === true;
  return restrictable.flatMap(({ what, field, isOne }): readonly Finding[] => {
    const { sources, denied = [] } = frontends.find(isOne) ?? {};
    if (sources?.length === 0) {
      const why = deniesAll
        ? `${deny} denies everyone`
        : `${field.replace("spec.", "")} has no usable network of this family`;
      return [
        {
          severity: "error",
          subject,
          evidence: `accepts nobody at its ${what}: ${why}`,
          consequence: "connections are dropped without an answer",
          remedy: `add the networks of clients to ${field}, such as ::/0 for all of IPv6`,
        },
      ];
    }
    const note = (evidence: string, who: string, change: string): Finding => ({
      severity: "note",
      subject,
      evidence: `${evidence} at its ${what}`,
      consequence: `connections from ${who} are dropped without an answer`,
      remedy: `nothing, or ${change}`,
    });
    const [accepts, denies] = [`accepts only ${shortened(sources ?? [])}`, `denies ${shortened(denied)}`];
    return [
      ...(sources === undefined ? [] : [note(accepts, "elsewhere", `add their networks to ${field}`)]),
      ...(denied.length === 0 ? [] : [note(denies, "there", `remove their networks from ${deny}`)]),
    ];
  });
}

function withoutAddress(plans: readonly ServicePlan[]): readonly Finding[] {
  const service = plans.find(({ ports }) => ports.length > 0)?.service;
  if (service?.type !== "LoadBalancer" || service.loadBalancerIPs.length > 0) return [];
  return [
    {
      severity: "note",
      subject: serviceKey(service),
      evidence: "is of type LoadBalancer, and has no load balancer IP that nodes serve",
      consequence: "clients outside reach it by the provider's load balancer, if there is one, or not at all",
      remedy: "see status.loadBalancer and the Service's Events: a cloud provider or MetalLB assigns addresses",
    },
  ];
}

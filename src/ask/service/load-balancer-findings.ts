import type { ServicePlan } from "../../compile/plan/service-plan.ts";
import { familyName } from "../../model/address.ts";
import { serviceKey } from "../../model/service.ts";
import { shortened } from "../shortened.ts";
import type { Finding } from "./findings.ts";

/** What keeps clients from a Service's load balancer IPs. @param plans of one Service, a family each */
export function loadBalancerFindings(plans: readonly ServicePlan[]): readonly Finding[] {
  return [...plans.flatMap(sourceRanges), ...withoutAddress(plans)];
}

function sourceRanges({ service, family, ports }: ServicePlan): readonly Finding[] {
  const sources = ports.flatMap(({ frontends }) => frontends).find((each) => each.sources !== undefined)?.sources;
  if (sources === undefined) return [];
  const subject = `${serviceKey(service)} (${familyName(family)})`;
  return [
    sources.length === 0
      ? {
          severity: "error",
          subject,
          evidence:
            "accepts nobody at its load balancer IPs: loadBalancerSourceRanges has no usable network of this family",
          consequence: "clients are dropped, without an answer",
          remedy: "add the networks of clients to spec.loadBalancerSourceRanges, such as ::/0 for all of IPv6",
        }
      : {
          severity: "note",
          subject,
          evidence: `accepts only ${shortened(sources)} at its load balancer IPs`,
          consequence: "clients elsewhere are dropped, without an answer",
          remedy: "nothing, or add their networks to spec.loadBalancerSourceRanges",
        },
  ];
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

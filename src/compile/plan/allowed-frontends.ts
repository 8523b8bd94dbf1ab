import { type Address, type Family, loopbackAddress } from "../../model/address.ts";
import { cidrContains } from "../../model/cidr.ts";
import type { Frontend } from "./frontends.ts";
import type { PlanFamilySettings, PlanSettings } from "./service-plan.ts";

/** Why an external or load balancer IP is not served. */
export type FrontendRefusal =
  /** It is, or may become, another Service's ClusterIP. */
  | "in a ServiceCIDR"
  /** The agent would lose its connection to the API server, and never learn that the Service is gone. */
  | "API server";

/**
 * The frontends that a Service may have. Everyone who may write Services in one namespace can claim external IPs, and with
 * some more rights load balancer IPs: these must not take what belongs to the cluster (CVE-2020-8554).
 */
export function allowedFrontends(frontends: readonly Frontend[], family: Family, settings: PlanSettings) {
  const allowed: Frontend[] = [];
  const refused: { readonly frontend: Frontend; readonly reason: FrontendRefusal }[] = [];
  for (const frontend of frontends) {
    const reason = refusal(frontend, family, settings);
    if (reason === undefined) allowed.push(frontend);
    else refused.push({ frontend, reason });
  }
  return { allowed, refused };
}

function refusal(
  frontend: Frontend,
  family: Family,
  { apiServer, families }: PlanSettings,
): FrontendRefusal | undefined {
  if (frontend.kind === "address" && frontend.source === "clusterIP") return undefined;
  const { serviceCIDRs, nodePortAddresses } = families[family];
  const addresses = frontend.kind === "address" ? [frontend.address] : servingAddresses(nodePortAddresses, family);
  const isServer = apiServer.some(({ address, port }) => port === frontend.port && addresses.includes(address));
  if (isServer && frontend.protocol === "tcp") return "API server";
  if (frontend.kind === "nodePort") return undefined;
  return serviceCIDRs.some((cidr) => cidrContains(cidr, frontend.address)) ? "in a ServiceCIDR" : undefined;
}

function servingAddresses(
  { addresses, loopback }: PlanFamilySettings["nodePortAddresses"],
  family: Family,
): readonly Address[] {
  return loopback ? [...addresses, loopbackAddress[family]] : addresses;
}

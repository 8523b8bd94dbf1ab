import type { Family } from "../../model/address.ts";
import { cidrContains } from "../../model/cidr.ts";
import type { AddressFrontend, Frontend } from "./frontends.ts";
import type { PlanSettings } from "./service-plan.ts";

/** Why an external or load balancer IP is not served. */
export type FrontendRefusal =
  /** It is, or may become, another Service's ClusterIP. */
  | "in a ServiceCIDR"
  /** The agent would lose its way to the API server, and never hear that the Service is gone. */
  | "API server";

/**
 * The frontends that a Service may have. Whoever may write Services in one namespace claims external IPs, and with some
 * rights load balancer IPs: these must not take what belongs to the cluster (CVE-2020-8554).
 */
export function allowedFrontends(frontends: readonly Frontend[], family: Family, settings: PlanSettings) {
  const allowed: Frontend[] = [];
  const refused: { readonly frontend: AddressFrontend; readonly reason: FrontendRefusal }[] = [];
  for (const frontend of frontends) {
    const reason = refusal(frontend, family, settings);
    if (reason === undefined || frontend.kind === "nodePort") allowed.push(frontend);
    else refused.push({ frontend, reason });
  }
  return { allowed, refused };
}

function refusal(
  frontend: Frontend,
  family: Family,
  { apiServer, families }: PlanSettings,
): FrontendRefusal | undefined {
  if (frontend.kind === "nodePort" || frontend.source === "clusterIP") return undefined;
  const { address, port, protocol } = frontend;
  const isServer = apiServer.some((server) => server.address === address && server.port === port);
  if (isServer && protocol === "tcp") return "API server";
  return families[family].serviceCIDRs.some((cidr) => cidrContains(cidr, address)) ? "in a ServiceCIDR" : undefined;
}

import type { Table } from "../row.ts";
import { annotations } from "./annotations.ts";
import { clusterIP } from "./cluster-ip.ts";
import { conflicts } from "./conflicts.ts";
import { endpoints } from "./endpoints.ts";
import { loadBalancer } from "./load-balancer.ts";
import { masquerade, masqueradeBehindBridge } from "./masquerade.ts";
import { nodePort } from "./node-port.ts";
import { nodePortAddresses } from "./node-port-addresses.ts";
import { refusals } from "./refusals.ts";
import { serviceCIDRs } from "./service-cidrs.ts";
import { sessionAffinity } from "./session-affinity.ts";
import { sourceRanges } from "./source-ranges.ts";
import { topology } from "./topology.ts";
import { trafficPolicies } from "./traffic-policies.ts";

/** All rows, by the network of the pods. */
export const allRows = {
  routed: {
    ...annotations,
    ...clusterIP,
    ...conflicts,
    ...endpoints,
    ...loadBalancer,
    ...masquerade,
    ...nodePort,
    ...nodePortAddresses,
    ...refusals,
    ...serviceCIDRs,
    ...sessionAffinity,
    ...sourceRanges,
    ...topology,
    ...trafficPolicies,
  },
  bridge: masqueradeBehindBridge,
} as const satisfies Readonly<Record<string, Table>>;

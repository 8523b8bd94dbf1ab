import { affinity } from "./affinity.ts";
import { changes, others, terminating, unready } from "./endpoints.ts";
import { families, serviceCIDRs } from "./families.ts";
import { externalPolicy, hostNetwork } from "./policies.ts";
import type { Scenario } from "./scenario.ts";
import { topology } from "./topology.ts";
import { types } from "./types.ts";
import { udpClients } from "./udp.ts";

export const scenarios: readonly Scenario[] = [
  udpClients,
  types,
  externalPolicy,
  hostNetwork,
  unready,
  changes,
  terminating,
  others,
  affinity,
  topology,
  families,
  serviceCIDRs,
];

import { refusalReasons } from "../../compile/lower/nftables/refusals.ts";
import { ineligibilities } from "../../daemon/health.ts";
import type { Family } from "../../model/address.ts";
import { protocols } from "../../model/port.ts";
import { endpointSlices, nodes, serviceCIDRs, services } from "../kube/resources.ts";
import { endCauses } from "../kube/sink.ts";
import type { KubeProxyMetrics } from "./kube-proxy.ts";
import { familyLabel } from "./labels.ts";
import type { OwnMetrics } from "./own.ts";

/** Rates need a first value, and alerts need a series: every series whose labels are known begins with 0. */
export function zero(families: readonly Family[], kubeProxy: KubeProxyMetrics, own: OwnMetrics): void {
  for (const label of families.map(familyLabel)) {
    const { sync, fullSync, partialSync, networkProgramming, conntrack } = kubeProxy;
    const histograms = [sync, fullSync, partialSync, networkProgramming, conntrack, own.elements, own.reaction];
    for (const histogram of histograms) histogram.zero(label);
    const { syncFailures, cleanupFailures, conntrackDeleted, lastSync, lastQueued } = kubeProxy;
    for (const counter of [syncFailures, cleanupFailures, conntrackDeleted]) counter.inc(label, 0);
    for (const gauge of [lastSync, lastQueued, own.setAside]) gauge.set(label, 0);
    for (const traffic_policy of ["internal", "external"])
      kubeProxy.noLocalEndpoints.set({ ...label, traffic_policy }, 0);
    for (const had_endpoints of ["true", "false"]) own.withoutEndpoints.set({ ...label, had_endpoints }, 0);
    for (const result of ["ok", "failed"]) {
      for (const kind of ["full", "partial", "replaced"]) own.rounds.inc({ ...label, kind, result }, 0);
      own.conntrackRounds.inc({ ...label, result }, 0);
    }
    for (const reason of ["refused", "overrun", "failed"]) own.nftFailures.inc({ ...label, reason }, 0);
    for (const protocol of protocols) own.conntrackFlows.set({ ...label, protocol }, 0);
    own.drift.inc({ ...label, program: "nft" }, 0);
    for (const reason of refusalReasons) own.refused.inc({ ...label, reason }, 0);
  }
  for (const code of [200, 503]) for (const page of ["healthz", "livez"] as const) kubeProxy[page].inc({ code }, 0);
  for (const reason of ineligibilities) own.ineligible.set({ reason }, 0);
  for (const { name: resource } of [services, endpointSlices, serviceCIDRs, nodes]) {
    own.watching.set({ resource }, 0);
    own.objects.set({ resource }, 0);
    own.malformed.inc({ resource }, 0);
    for (const cause of endCauses) own.watchRestarts.inc({ resource, cause }, 0);
    own.apiFailures.inc({ resource }, 0);
  }
  own.apiFailures.inc({ resource: "readyz" }, 0);
}

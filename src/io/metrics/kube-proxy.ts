import { Counter, exponentialBuckets, Gauge, Histogram, type Registry } from "prom-client";

/** The metrics of kube-proxy's mode nftables, with its names: dashboards and alerts keep working. */
export type KubeProxyMetrics = ReturnType<typeof kubeProxyMetrics>;

export function kubeProxyMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `kubeproxy_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `kubeproxy_${name}`, help, labelNames, registers });
  const seconds = (name: string, help: string, buckets: readonly number[] = syncBuckets) =>
    new Histogram({ name: `kubeproxy_${name}`, help, labelNames: ["ip_family"], buckets: [...buckets], registers });
  return {
    sync: seconds("sync_proxy_rules_duration_seconds", "Duration of a round, including failed ones"),
    fullSync: seconds("sync_full_proxy_rules_duration_seconds", "Duration of a round that wrote the whole table"),
    partialSync: seconds("sync_partial_proxy_rules_duration_seconds", "Duration of a round that wrote what changed"),
    lastSync: gauge("sync_proxy_rules_last_timestamp_seconds", "When a round last succeeded", "ip_family"),
    lastQueued: gauge("sync_proxy_rules_last_queued_timestamp_seconds", "When a round was last asked for", "ip_family"),
    endpointsPending: gauge(
      "sync_proxy_rules_endpoint_changes_pending",
      "Changed slices that are not yet in the rules",
    ),
    endpointChanges: counter("sync_proxy_rules_endpoint_changes_total", "Changes of slices"),
    servicesPending: gauge(
      "sync_proxy_rules_service_changes_pending",
      "Changed Services that are not yet in the rules",
    ),
    serviceChanges: counter("sync_proxy_rules_service_changes_total", "Changes of Services, once for each family"),
    noLocalEndpoints: gauge(
      "sync_proxy_rules_no_local_endpoints_total",
      "Service ports with traffic policy Local that have endpoints, but none on this node",
      "traffic_policy",
      "ip_family",
    ),
    syncFailures: counter("sync_proxy_rules_nftables_sync_failures_total", "Rounds that failed", "ip_family"),
    cleanupFailures: counter(
      "sync_proxy_rules_nftables_cleanup_failures_total",
      "Failures to delete chains outside a round; always 0 here",
      "ip_family",
    ),
    networkProgramming: seconds(
      "network_programming_duration_seconds",
      "Time from the change of a Pod or Service to the rules, by the slices' trigger time",
      networkProgrammingBuckets,
    ),
    healthz: counter("proxy_healthz_total", "Answers of /healthz", "code"),
    livez: counter("proxy_livez_total", "Answers of /livez", "code"),
    conntrack: seconds("conntrack_reconciler_sync_duration_seconds", "Duration of a search for stale flows"),
    conntrackDeleted: counter("conntrack_reconciler_deleted_entries_total", "Stale flows deleted", "ip_family"),
  };
}

/** From 1 ms to 16 s. */
const syncBuckets: readonly number[] = exponentialBuckets(0.001, 2, 15);

const networkProgrammingBuckets: readonly number[] = [
  ...[0.25, 0.5],
  ...steps(1, 59, 1),
  ...steps(60, 115, 5),
  ...steps(120, 300, 30),
];

function steps(from: number, to: number, by: number): readonly number[] {
  return Array.from({ length: (to - from) / by + 1 }, (_, index) => from + index * by);
}

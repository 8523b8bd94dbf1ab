import { Counter, exponentialBuckets, Gauge, Histogram, type Registry } from "prom-client";

/** The metrics that kube-proxy does not have. */
export type OwnMetrics = ReturnType<typeof ownMetrics>;

export function ownMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `kube_nft_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `kube_nft_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, buckets: readonly number[]) =>
    new Histogram({ name: `kube_nft_${name}`, help, labelNames: ["ip_family"], buckets: [...buckets], registers });
  return {
    build: gauge("build_info", "1, with the version of this program", "version"),
    rounds: counter(
      "rounds_total",
      "Rounds by kind (full, partial, replaced) and result (ok, failed)",
      "ip_family",
      "kind",
      "result",
    ),
    elements: histogram("transaction_elements", "Elements that a round added and deleted", elementBuckets),
    reaction: histogram(
      "trigger_to_kernel_seconds",
      "Time from the oldest change in a round to its end",
      reactionBuckets,
    ),
    drift: counter(
      "drift_repairs_total",
      "Repairs after another program changed the table, by program",
      "ip_family",
      "program",
    ),
    ineligible: gauge("node_ineligible", "1 while load balancers are told not to use this node, by reason", "reason"),
    setAside: gauge("set_aside_services", "Services that are not served because nft refuses their rules", "ip_family"),
    conflicts: gauge(
      "frontend_conflicts",
      "Service ports that are not served at a frontend because another Service has it",
    ),
    withoutEndpoints: gauge(
      "services_without_endpoints",
      "Services that have no usable endpoint on any node, by whether they have had one since this process began",
      "ip_family",
      "had_endpoints",
    ),
    problems: gauge("service_problems", "Services that cannot be served as specified"),
    nftFailures: counter("nft_failures_total", "Transactions that nft refused or that failed", "ip_family", "reason"),
    objects: gauge("objects", "Objects of the API server that are known", "resource"),
    watching: gauge(
      "watch_connected",
      "1 while a watch is open; missing if the API server lacks the resource",
      "resource",
    ),
    watchRestarts: counter("watch_restarts_total", "Watches that ended, by what ended them", "resource", "cause"),
    apiFailures: counter("api_failures_total", "Lists and watches that failed", "resource"),
    malformed: counter("malformed_objects_total", "Objects that could not be used as they are", "resource"),
    conntrackRounds: counter("conntrack_rounds_total", "Searches for stale flows by result", "ip_family", "result"),
    conntrackFlows: gauge(
      "conntrack_flows",
      "Flows that the last search looked at: all of UDP, others without an answer",
      "ip_family",
      "protocol",
    ),
    conntrackEntries: gauge("conntrack_entries", "Connections that the kernel tracks, of all programs"),
    conntrackLimit: gauge(
      "conntrack_entries_limit",
      "Connections that the kernel can track: packets of further ones are dropped",
    ),
    refused: counter(
      "refused_packets_total",
      "Packets to Services that were refused or dropped, by reason",
      "ip_family",
      "reason",
    ),
    connectionsFailures: counter("service_new_connections_failures_total", "Failures to read the rules' counters"),
  };
}

/** 0, then 1 to 1,000,000. */
const elementBuckets: readonly number[] = [0, ...exponentialBuckets(1, 10, 7)];

/** From 1 ms to 33 s. */
const reactionBuckets: readonly number[] = exponentialBuckets(0.001, 2, 16);

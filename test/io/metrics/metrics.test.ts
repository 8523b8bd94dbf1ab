import { expect, test } from "@jest/globals";
import { FrontendOwners } from "../../../src/compile/table/frontend-owners.ts";
import { Refusal } from "../../../src/daemon/table/kernel.ts";
import type { Round } from "../../../src/daemon/table/round.ts";
import { Metrics } from "../../../src/io/metrics/metrics.ts";
import type { ServiceMetrics, ServiceSources } from "../../../src/io/metrics/service-series.ts";
import { type Family, families } from "../../../src/model/address.ts";
import { settings } from "../../support/arbitrary-cluster.ts";

const start = 1_767_225_600_000;

function story() {
  let now = start;
  const metrics = new Metrics({ families, version: "1.2.3", now: () => now, objects: () => ({ services: 7 }) });
  return {
    metrics,
    wait: (seconds: number) => {
      now += seconds * 1000;
    },
    round: (family: Family, seconds: number, fields: Partial<Round> = {}): Round => {
      const began = now - seconds * 1000;
      const services = new Map<never, never>();
      return {
        family,
        kind: "partial",
        causes: [],
        services,
        problems: new Map(),
        settings,
        owners: new FrontendOwners(),
        elements: 3,
        milliseconds: seconds * 1000,
        began,
        ...fields,
      };
    },
    /** The value of a series, `name{label="value"}`, as Prometheus would read it. */
    value: async (series: string) => {
      const line = (await scraped(metrics)).split("\n").find((each) => each.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
  };
}

async function scraped(metrics: Metrics): Promise<string> {
  return (await Array.fromAsync(await metrics.text())).join("");
}

/** B-257, D-03: name, type and labels. */
const kubeProxyMetrics = [
  ["sync_proxy_rules_duration_seconds", "histogram", "ip_family"],
  ["sync_full_proxy_rules_duration_seconds", "histogram", "ip_family"],
  ["sync_partial_proxy_rules_duration_seconds", "histogram", "ip_family"],
  ["sync_proxy_rules_last_timestamp_seconds", "gauge", "ip_family"],
  ["sync_proxy_rules_last_queued_timestamp_seconds", "gauge", "ip_family"],
  ["sync_proxy_rules_endpoint_changes_pending", "gauge", ""],
  ["sync_proxy_rules_endpoint_changes_total", "counter", ""],
  ["sync_proxy_rules_service_changes_pending", "gauge", ""],
  ["sync_proxy_rules_service_changes_total", "counter", ""],
  ["sync_proxy_rules_no_local_endpoints_total", "gauge", "ip_family,traffic_policy"],
  ["sync_proxy_rules_nftables_sync_failures_total", "counter", "ip_family"],
  ["sync_proxy_rules_nftables_cleanup_failures_total", "counter", "ip_family"],
  ["network_programming_duration_seconds", "histogram", "ip_family"],
  ["proxy_healthz_total", "counter", "code"],
  ["proxy_livez_total", "counter", "code"],
  ["conntrack_reconciler_sync_duration_seconds", "histogram", "ip_family"],
  ["conntrack_reconciler_deleted_entries_total", "counter", "ip_family"],
  ["nftables_localhost_nodeport_listeners", "gauge", "ip_family"],
  ["nftables_localhost_nodeport_listener_creation_failures_total", "counter", "ip_family"],
  ["nftables_localhost_nodeport_rejected_packets_total", "counter", "ip_family,protocol"],
] as const;

test("B-257, B-259, D-03 the metrics of kube-proxy have its names, types and labels", async () => {
  const { metrics, round } = story();
  metrics.changed("service", families);
  metrics.changed("endpoints", ["ip"]);
  metrics.healthAnswered("healthz", 200);
  metrics.healthAnswered("livez", 503);
  for (const family of families) {
    metrics.requested(family);
    metrics.synced(round(family, 1, { kind: "full" }));
    metrics.synced(round(family, 1));
    metrics.programmed(family, 700);
    metrics.flowsCleaned({ family, milliseconds: 5, flows: { udp: 7 }, deleted: 1 });
  }
  const text = await scraped(metrics);
  for (const [name, type, labels] of kubeProxyMetrics) {
    expect(text).toContain(`# TYPE kubeproxy_${name} ${type}\n`);
    const suffix = type === "histogram" ? "_count" : "";
    const series = new RegExp(`^kubeproxy_${name}${suffix}(?:\\{(.*)\\})? `, "m").exec(text);
    const found = [...(series?.[1] ?? "").matchAll(/(\w+)="([^"]*)"/g)];
    expect([
      name,
      found
        .map(([, label]) => label)
        .sort()
        .join(),
    ]).toEqual([name, labels]);
    for (const [, label, value] of found) if (label === "ip_family") expect(["IPv4", "IPv6"]).toContain(value);
  }
  expect(text.match(/^# TYPE kubeproxy_/gm)).toHaveLength(kubeProxyMetrics.length);
});

test("B-257 the buckets", async () => {
  const { metrics, round } = story();
  metrics.synced(round("ip", 1));
  metrics.programmed("ip", 700);
  metrics.flowsCleaned({ family: "ip", milliseconds: 5, flows: { udp: 7 }, deleted: 1 });
  const text = await scraped(metrics);
  const buckets = (name: string) =>
    [...text.matchAll(new RegExp(`^kubeproxy_${name}_bucket\\{le="([^"]+)",ip_family="IPv4"\\}`, "gm"))].map(
      ([, le]) => le,
    );
  const doubling = Array.from({ length: 15 }, (_, index) => String(0.001 * 2 ** index));
  for (const name of ["sync_proxy_rules", "sync_partial_proxy_rules", "conntrack_reconciler_sync"]) {
    expect(buckets(`${name}_duration_seconds`)).toEqual([...doubling, "+Inf"]);
  }
  const programming = buckets("network_programming_duration_seconds");
  expect(programming.slice(0, 4)).toEqual(["0.25", "0.5", "1", "2"]);
  expect(programming.slice(60, 63)).toEqual(["59", "60", "65"]);
  expect(programming.slice(-8)).toEqual(["120", "150", "180", "210", "240", "270", "300", "+Inf"]);
});

test("rounds", async () => {
  const { metrics, wait, round, value } = story();
  expect(await value('kube_nft_rounds_total{ip_family="IPv6",kind="full",result="failed"}')).toBe(0);
  metrics.requested("ip");
  wait(2);
  metrics.requested("ip");
  wait(1);
  metrics.failed(round("ip", 1), new Refusal("no", undefined));
  metrics.failed(round("ip", 1), new Error("no nft"));
  metrics.synced(round("ip", 1, { kind: "full", elements: 40 }));
  expect(await value('kubeproxy_sync_proxy_rules_duration_seconds_count{ip_family="IPv4"}')).toBe(3);
  expect(await value('kubeproxy_sync_full_proxy_rules_duration_seconds_count{ip_family="IPv4"}')).toBe(1);
  expect(await value('kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv4"}')).toBe(2);
  expect(await value('kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"}')).toBe(start / 1000 + 3);
  expect(await value('kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds{ip_family="IPv4"}')).toBe(
    start / 1000 + 2,
  );
  expect(await value('kube_nft_nft_failures_total{ip_family="IPv4",reason="refused"}')).toBe(1);
  expect(await value('kube_nft_transaction_elements_sum{ip_family="IPv4"}')).toBe(40);
  expect(await value('kube_nft_trigger_to_kernel_seconds_sum{ip_family="IPv4"}')).toBe(3);
});

test("changes are pending until the end of a round that began after them", async () => {
  const { metrics, wait, round, value } = story();
  metrics.changed("service", families);
  metrics.changed("endpoints", ["ip"]);
  wait(2);
  metrics.changed("endpoints", ["ip"]);
  expect(await value("kubeproxy_sync_proxy_rules_endpoint_changes_pending")).toBe(2);
  wait(1);
  metrics.synced(round("ip", 2));
  expect(await value("kubeproxy_sync_proxy_rules_service_changes_pending")).toBe(0);
  expect(await value("kubeproxy_sync_proxy_rules_service_changes_total")).toBe(2);
  expect(await value("kubeproxy_sync_proxy_rules_endpoint_changes_pending")).toBe(1);
  expect(await value("kubeproxy_sync_proxy_rules_endpoint_changes_total")).toBe(2);
});

test("other counters", async () => {
  const { metrics, value } = story();
  metrics.setAside("ip", "default/a", new Refusal("refused"));
  metrics.setAside("ip", "default/a", new Refusal("refused"));
  metrics.setAside("ip", "default/b", new Refusal("refused"));
  metrics.restored("ip", "default/b");
  metrics.drifted("ip6", { program: "iptables-restore" });
  for (let index = 0; index < 30; index++) metrics.drifted("ip", { program: `program-${index}` });
  metrics.conflicts(2);
  metrics.problems(3);
  metrics.ineligible("being deleted");
  metrics.noLocalEndpoints("ip", { internal: 1, external: 2 });
  metrics.reported("services", { kind: "ended", cause: "silent", error: undefined });
  metrics.reported("services", { kind: "malformed", message: "" });
  metrics.flowsFailed("ip");
  expect(await value('kube_nft_set_aside_services{ip_family="IPv4"}')).toBe(1);
  expect(await value("kube_nft_frontend_conflicts")).toBe(2);
  expect(await value('kube_nft_drift_repairs_total{ip_family="IPv6",program="iptables-restore"}')).toBe(1);
  expect(await value('kube_nft_drift_repairs_total{ip_family="IPv4",program="others"}')).toBe(11);
  expect(await value('kube_nft_drift_repairs_total{ip_family="IPv4",program="nft"}')).toBe(0);
  expect(await value("kube_nft_service_problems")).toBe(3);
  expect(await value('kube_nft_node_ineligible{reason="being deleted"}')).toBe(1);
  expect(await value('kube_nft_node_ineligible{reason="no Node"}')).toBe(0);
  const local = "kubeproxy_sync_proxy_rules_no_local_endpoints_total";
  expect(await value(`${local}{ip_family="IPv4",traffic_policy="external"}`)).toBe(2);
  expect(await value('kube_nft_watch_restarts_total{resource="services",cause="silent"}')).toBe(1);
  expect(await value('kube_nft_malformed_objects_total{resource="services"}')).toBe(1);
  expect(await value('kube_nft_conntrack_rounds_total{ip_family="IPv4",result="failed"}')).toBe(1);
  expect(await value('kube_nft_build_info{version="1.2.3"}')).toBe(1);
});

test("B-262 requests to the API server are counted as by client-go", async () => {
  const { metrics, value } = story();
  const request = { verb: "list", method: "GET", host: "10.0.0.1:6443", code: 200, milliseconds: 30 } as const;
  for (const each of [request, request, { ...request, code: undefined }]) metrics.exchanged(each);
  metrics.exchanged({ ...request, verb: "watch", milliseconds: 70_000 });
  metrics.exchanged({ ...request, verb: "create", method: "POST", code: 201, milliseconds: 3000 });
  const requests = (code: string, method: string) =>
    value(`rest_client_requests_total{code="${code}",method="${method}",host="10.0.0.1:6443"}`);
  expect(await requests("200", "GET")).toBe(3);
  expect(await requests("<error>", "GET")).toBe(1);
  expect(await requests("201", "POST")).toBe(1);
  const within = (seconds: string, verb: string) =>
    value(`rest_client_request_duration_seconds_bucket{le="${seconds}",verb="${verb}",host="10.0.0.1:6443"}`);
  expect(await Promise.all(["0.025", "0.1", "+Inf"].map((seconds) => within(seconds, "GET")))).toEqual([0, 3, 3]);
  expect(await Promise.all(["2", "4"].map((seconds) => within(seconds, "POST")))).toEqual([0, 1]);
});

test("the process and its Node", async () => {
  const text = await scraped(story().metrics);
  for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes", "nodejs_heap_size_used_bytes"]) {
    expect(text).toContain(`\n${name} `);
  }
});

test("every series whose labels are known exists from the start, with 0", async () => {
  const lines = (await scraped(story().metrics)).split("\n");
  const named = (line: string) => /^(?:kubeproxy|kube_nft)_\w+/.exec(line)?.[0];
  const series = lines.filter((line) => named(line) !== undefined && !line.startsWith("kube_nft_build_info"));
  expect(
    series.filter(
      (line) => !/^\S+(?: \S+)*? 0$|objects\{resource="services"\} 7$|affinity_capacity\{.*\} 262144$/.test(line),
    ),
  ).toEqual([]);
  const typed = lines.flatMap((line) => /^# TYPE ((?:kubeproxy|kube_nft)_\w+)/.exec(line)?.[1] ?? []);
  const told = new Set(series.map((line) => named(line)?.replace(/_(?:bucket|sum|count)$/, "")));
  expect(typed.filter((name) => name !== "kube_nft_build_info" && !told.has(name))).toEqual([]);
});

test("a watch is connected until it ends, and is missing if the API server lacks the resource", async () => {
  const { metrics, value } = story();
  const connected = (resource: string) => value(`kube_nft_watch_connected{resource="${resource}"}`);
  expect(await connected("services")).toBe(0);
  metrics.reported("services", { kind: "watching" });
  expect(await connected("services")).toBe(1);
  metrics.reported("services", { kind: "ended", cause: "cut", error: undefined });
  expect(await connected("services")).toBe(0);
  metrics.reported("servicecidrs", { kind: "absent", retryMs: 1000 });
  expect(await connected("servicecidrs")).toBeUndefined();
});

const denied = 'kube_nft_service_problem{namespace="default",service="a",problem="frontend denied"}';
const setAside = 'kube_nft_service_problem{namespace="default",service="b",problem="set aside"}';
const slips =
  'kube_nft_service_refused_packets_total{ip_family="IPv6",namespace="default",service="a",port="http",reason="slip"}';
const allSlips = 'kube_nft_refused_packets_total{ip_family="IPv6",reason="slip"}';
const connections = 'kube_nft_service_new_connections_total{ip_family="IPv4"';

test.each<[ServiceMetrics, number | undefined, boolean]>([
  ["all", 1, true],
  ["problems", 1, false],
  ["none", undefined, false],
])("of single Services, %s is told", async (which, problem, hasConnections) => {
  const { metrics, value } = story();
  const counted = { owner: "a/b:c", kind: "address", protocol: "tcp", frontend: "x y", connections: 1 } as const;
  const sources: Omit<ServiceSources, "refusals"> = {
    connections: { read: async (_, onFrontend) => onFrontend(counted), atMostEvery: 1 },
    problems: () => [1, 2].map(() => ["default/a", "frontend denied"]),
  };
  metrics.tellRefusals({
    read: async (_, onRefused) => onRefused({ reason: "slip", of: { frontend: "x y" }, packets: 3 }),
    atMostEvery: 1,
    ownerOf: () => ({ service: "default/a", port: "http" }),
    isKnown: () => true,
  });
  metrics.tellServices(which, sources);
  for (const family of families) metrics.setAside(family, "default/b", new Refusal("refused"));
  expect([await value(denied), await value(setAside)]).toEqual([problem, problem]);
  const text = await scraped(metrics);
  expect(text.includes(connections)).toBe(hasConnections);
  expect(await value(slips)).toBe(problem && 3);
  expect(await value(allSlips)).toBe(3);
  expect(text.split("\n").filter((line) => line.startsWith(denied)).length).toBe(problem ?? 0);
});

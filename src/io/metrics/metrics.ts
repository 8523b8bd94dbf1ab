import { collectDefaultMetrics, Registry } from "prom-client";
import type { AgentEvents } from "../../daemon/agent.ts";
import type { ConntrackRound } from "../../daemon/follow/conntrack.ts";
import type { NoLocalEndpoints } from "../../daemon/follow/no-local-endpoints.ts";
import { type HealthPage, type Ineligibility, ineligibilities } from "../../daemon/health.ts";
import { Refusal } from "../../daemon/table/kernel.ts";
import type { Round } from "../../daemon/table/reconciler.ts";
import { type Family, familyName } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { Sender } from "../../netlink/generations.ts";
import type { Exchange } from "../kube/connection.ts";
import type { ReadinessReport, ReflectorReport } from "../kube/sink.ts";
import { type ConnectionsSource, countConnections } from "./connections.ts";
import { type KubeProxyMetrics, kubeProxyMetrics } from "./kube-proxy.ts";
import { type OwnMetrics, ownMetrics } from "./own.ts";
import { type RESTClientMetrics, restClientMetrics } from "./rest-client.ts";

export type MetricsOptions = {
  readonly families: readonly Family[];
  readonly version: string;
  /** Milliseconds, which only ever grow. */
  readonly now: () => number;
  /** In milliseconds since 1970, the time that `now` told; without it, `now` tells that. */
  readonly timeOfDay?: (time: number) => number;
};

type ChangeKind = "service" | "endpoints";

/** Counts what happens, for Prometheus. */
export class Metrics
  implements Pick<AgentEvents, "requested" | "synced" | "failed" | "drifted" | "setAside" | "restored">
{
  readonly #registry = new Registry();
  readonly #kubeProxy: KubeProxyMetrics = kubeProxyMetrics(this.#registry);
  readonly #own: OwnMetrics = ownMetrics(this.#registry);
  readonly #restClient: RESTClientMetrics = restClientMetrics(this.#registry);
  readonly #now: () => number;
  readonly #timeOfDay: (time: number) => number;
  readonly #families: readonly Family[];
  #collect: () => Promise<void> = async () => undefined;
  readonly #setAside = new Map<Family, Set<ObjectKey>>();
  /** Those that have changed our tables. */
  readonly #programs = new Set<string>();
  /** When the changes came that are not yet in the rules. */
  readonly #pending: Readonly<Record<ChangeKind, number[]>> = { service: [], endpoints: [] };
  readonly #requests = new Map<Family, number[]>();

  constructor({ families, version, now, timeOfDay = (time) => time }: MetricsOptions) {
    this.#families = families;
    this.#now = now;
    this.#timeOfDay = timeOfDay;
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 50 });
    this.#own.build.set({ version }, 1);
    for (const family of families) this.#zero(family);
  }

  /** From now on, scrapes tell of the new connections of each service port. */
  countConnections(source: ConnectionsSource): void {
    this.#collect = countConnections(source, this.#families, this.#now, this.#own);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in the text format of Prometheus. */
  async text(): Promise<string> {
    await this.#collect();
    return this.#registry.metrics();
  }

  /** A Service or a slice came, changed or went, which matters to these families. */
  changed(kind: ChangeKind, families: readonly Family[]): void {
    const { serviceChanges, endpointChanges } = this.#kubeProxy;
    (kind === "service" ? serviceChanges : endpointChanges).inc(kind === "service" ? families.length : 1);
    push(this.#pending[kind], this.#now());
    this.#setPending();
  }

  requested(family: Family): void {
    const now = this.#now();
    this.#kubeProxy.lastQueued.set(familyLabel(family), this.#timeOfDay(now) / 1000);
    const requests = this.#requests.get(family) ?? [];
    this.#requests.set(family, requests);
    push(requests, now);
  }

  synced(round: Round): void {
    const { family, kind, elements, began } = round;
    const label = familyLabel(family);
    const now = this.#now();
    this.#took(round);
    this.#kubeProxy.lastSync.set(label, this.#timeOfDay(now) / 1000);
    this.#own.rounds.inc({ ...label, kind, result: "ok" });
    this.#own.elements.observe(label, elements);
    const requests = this.#requests.get(family) ?? [];
    const [oldest] = requests;
    if (oldest !== undefined && oldest <= began) this.#own.reaction.observe(label, (now - oldest) / 1000);
    dropUntil(requests, began);
    dropUntil(this.#pending.service, began);
    dropUntil(this.#pending.endpoints, began);
    this.#setPending();
  }

  failed(round: Round, error: unknown): void {
    const label = familyLabel(round.family);
    this.#took(round);
    this.#kubeProxy.syncFailures.inc(label);
    this.#own.rounds.inc({ ...label, kind: round.kind, result: "failed" });
    this.#own.nftFailures.inc({ ...label, reason: error instanceof Refusal ? "refused" : "failed" });
  }

  drifted(family: Family, { program }: Pick<Sender, "program">): void {
    if (this.#programs.size < mostPrograms) this.#programs.add(program);
    this.#own.drift.inc({ ...familyLabel(family), program: this.#programs.has(program) ? program : "others" });
  }

  /** So many Services cannot be served as they ask. */
  problems(count: number): void {
    this.#own.problems.set(count);
  }

  /** So many service ports are denied a frontend. */
  conflicts(count: number): void {
    this.#own.conflicts.set(count);
  }

  /** Why load balancers are to send nothing to this node; undefined: they may. */
  ineligible(reason: Ineligibility | undefined): void {
    for (const each of ineligibilities) this.#own.ineligible.set({ reason: each }, each === reason ? 1 : 0);
  }

  setAside(family: Family, service: ObjectKey): void {
    this.#own.nftFailures.inc({ ...familyLabel(family), reason: "refused" });
    this.#own.setAside.set(familyLabel(family), this.#aside(family).add(service).size);
  }

  /** The Service is served again, or gone. */
  restored(family: Family, service: ObjectKey): void {
    const services = this.#aside(family);
    services.delete(service);
    this.#own.setAside.set(familyLabel(family), services.size);
  }

  /** A change got into the rules so long after what triggered it. */
  programmed(family: Family, milliseconds: number): void {
    this.#kubeProxy.networkProgramming.observe(familyLabel(family), milliseconds / 1000);
  }

  noLocalEndpoints(family: Family, { internal, external }: NoLocalEndpoints): void {
    this.#kubeProxy.noLocalEndpoints.set({ ...familyLabel(family), traffic_policy: "internal" }, internal);
    this.#kubeProxy.noLocalEndpoints.set({ ...familyLabel(family), traffic_policy: "external" }, external);
  }

  healthAnswered(page: HealthPage, code: number): void {
    this.#kubeProxy[page].inc({ code });
  }

  /** A request to the API server was answered, or failed. */
  exchanged(exchange: Exchange): void {
    this.#restClient.exchanged(exchange);
  }

  /** Something happened to the watch of a resource, such as `services`. */
  reported(resource: string, report: ReflectorReport | ReadinessReport): void {
    switch (report.kind) {
      case "listed":
      case "watching":
      case "absent":
      case "ready":
        return;
      case "ended":
        this.#own.watchRestarts.inc({ resource, cause: report.cause });
        return;
      case "failed":
        this.#own.apiFailures.inc({ resource });
        return;
      case "malformed":
        this.#own.malformed.inc({ resource });
        return;
    }
  }

  flowsCleaned({ family, milliseconds, flows, deleted }: ConntrackRound): void {
    const label = familyLabel(family);
    this.#kubeProxy.conntrack.observe(label, milliseconds / 1000);
    this.#kubeProxy.conntrackDeleted.inc(label, deleted);
    this.#own.conntrackRounds.inc({ ...label, result: "ok" });
    for (const [protocol, count] of Object.entries(flows)) this.#own.conntrackFlows.set({ ...label, protocol }, count);
  }

  flowsFailed(family: Family): void {
    this.#own.conntrackRounds.inc({ ...familyLabel(family), result: "failed" });
  }

  /** Rates need a first value: what counts by family begins with 0. */
  #zero(family: Family): void {
    const label = familyLabel(family);
    const { syncFailures, cleanupFailures, conntrackDeleted } = this.#kubeProxy;
    for (const counter of [syncFailures, cleanupFailures, conntrackDeleted]) counter.inc(label, 0);
    this.#own.drift.inc({ ...label, program: "nft" }, 0);
    for (const kind of ["full", "partial", "replaced"]) {
      for (const result of ["ok", "failed"]) this.#own.rounds.inc({ ...label, kind, result }, 0);
    }
    this.#own.setAside.set(label, 0);
    this.noLocalEndpoints(family, { internal: 0, external: 0 });
  }

  #took({ family, kind, milliseconds }: Round): void {
    const { sync, fullSync, partialSync } = this.#kubeProxy;
    for (const histogram of [sync, kind === "partial" ? partialSync : fullSync]) {
      histogram.observe(familyLabel(family), milliseconds / 1000);
    }
  }

  #setPending(): void {
    this.#kubeProxy.servicesPending.set(this.#pending.service.length);
    this.#kubeProxy.endpointsPending.set(this.#pending.endpoints.length);
  }

  #aside(family: Family): Set<ObjectKey> {
    const services = this.#setAside.get(family) ?? new Set<ObjectKey>();
    this.#setAside.set(family, services);
    return services;
  }
}

function familyLabel(family: Family): { readonly ip_family: "IPv4" | "IPv6" } {
  return { ip_family: familyName(family) };
}

/** So many get a label of their own. */
const mostPrograms = 20;

/** While no round succeeds, changes may come without end. */
function push(times: number[], time: number): void {
  if (times.length < 65536) times.push(time);
}

/** Takes the times up to one out of a list in ascending order. */
function dropUntil(times: number[], last: number): void {
  const rest = times.findIndex((time) => time > last);
  times.splice(0, rest < 0 ? times.length : rest);
}

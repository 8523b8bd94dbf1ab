import { collectDefaultMetrics, Registry } from "prom-client";
import type { AgentEvents } from "../../daemon/agent.ts";
import type { ConntrackRound } from "../../daemon/follow/conntrack.ts";
import type { NoLocalEndpoints } from "../../daemon/follow/no-local-endpoints.ts";
import type { WithoutEndpoints } from "../../daemon/follow/services-without-endpoints.ts";
import { type HealthPage, type Ineligibility, ineligibilities } from "../../daemon/health.ts";
import { Overrun, Refusal } from "../../daemon/table/kernel.ts";
import type { Round } from "../../daemon/table/round.ts";
import type { Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { Sender } from "../../netlink/generations.ts";
import type { Exchange } from "../kube/connection.ts";
import type { ReadinessReport, ReflectorReport } from "../kube/sink.ts";
import { AffinityMetrics } from "./affinity.ts";
import { type KubeProxyMetrics, kubeProxyMetrics } from "./kube-proxy.ts";
import { familyLabel } from "./labels.ts";
import { LoopbackMetrics } from "./loopback.ts";
import { ObservedMetrics } from "./observed.ts";
import { type OwnMetrics, ownMetrics } from "./own.ts";
import { Refusals, type RefusalsSource } from "./refusals.ts";
import { type RESTClientMetrics, restClientMetrics } from "./rest-client.ts";
import { type ServiceMetrics, ServiceSeries, type ServiceSources } from "./service-series.ts";
import { Times } from "./times.ts";
import { countReport } from "./watch-reports.ts";
import { zero } from "./zero.ts";

export type MetricsOptions = {
  readonly families: readonly Family[];
  readonly version: string;
  /** Milliseconds, which only increase. */
  readonly now: () => number;
  /** Converts a time of `now` to milliseconds since 1970; by default, `now` already returns that. */
  readonly timeOfDay?: (time: number) => number;
  /** The number of known objects of each resource. */
  readonly objects?: () => Readonly<Record<string, number>>;
  /** How many connections the kernel tracks, and the maximum; undefined if it does not say. */
  readonly conntrack?: () => { readonly count: number; readonly max: number } | undefined;
};

type ChangeKind = "service" | "endpoints";

/** Counts events for Prometheus. */
export class Metrics
  implements Pick<AgentEvents, "requested" | "synced" | "failed" | "drifted" | "setAside" | "restored">
{
  readonly #registry = new Registry();
  readonly #kubeProxy: KubeProxyMetrics = kubeProxyMetrics(this.#registry);
  readonly #own: OwnMetrics = ownMetrics(this.#registry);
  readonly #restClient: RESTClientMetrics = restClientMetrics(this.#registry);
  readonly affinity: AffinityMetrics;
  readonly loopback: LoopbackMetrics;
  readonly observed: ObservedMetrics;
  readonly #now: () => number;
  readonly #timeOfDay: (time: number) => number;
  readonly #families: readonly Family[];
  readonly #objects: () => Readonly<Record<string, number>>;
  readonly #conntrack: NonNullable<MetricsOptions["conntrack"]>;
  #services: ServiceSeries | undefined;
  #refusals: Refusals | undefined;
  readonly #setAside = new Map<Family, Set<ObjectKey>>();
  /** The programs that have changed our tables. */
  readonly #programs = new Set<string>();
  /** When the changes arrived that are not yet in the rules. */
  readonly #pending: Readonly<Record<ChangeKind, Times>> = { service: new Times(), endpoints: new Times() };
  readonly #requests: ReadonlyMap<Family, Times>;

  constructor(options: MetricsOptions) {
    const { families, version, now, timeOfDay = (time) => time } = options;
    this.affinity = new AffinityMetrics(this.#registry, families);
    this.loopback = new LoopbackMetrics(this.#registry, families);
    this.observed = new ObservedMetrics(this.#registry, families);
    this.#objects = options.objects ?? (() => ({}));
    this.#conntrack = options.conntrack ?? (() => undefined);
    this.#families = families;
    this.#requests = new Map(families.map((family) => [family, new Times()]));
    this.#now = now;
    this.#timeOfDay = timeOfDay;
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 50 });
    this.#own.build.set({ version }, 1);
    zero(families, this.#kubeProxy, this.#own);
  }

  /** From now on, each scrape reads refused packets from the kernel. */
  tellRefusals(source: RefusalsSource): Refusals {
    this.#refusals = new Refusals(source, this.#families, {
      now: this.#now,
      onFailure: () => this.#own.connectionsFailures.inc(),
      onRefused: (family, { reason, of, packets }) => {
        this.#own.refused.inc({ ...familyLabel(family), reason }, packets);
        if (reason === "loopback" && "frontend" in of) this.loopback.rejected(family, of.frontend, packets);
      },
    });
    return this.#refusals;
  }

  /** From now on, scrapes include single Services. */
  tellServices(which: ServiceMetrics, { connections, problems }: Omit<ServiceSources, "refusals">): void {
    if (which === "none") return;
    const all = () => [...this.#refused(), ...problems()];
    const onFailure = () => this.#own.connectionsFailures.inc();
    const world = { now: this.#now, onFailure };
    this.#services = new ServiceSeries(
      which,
      { connections, problems: all, refusals: this.#refusals },
      this.#families,
      world,
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /**
   * All metrics in the text format of Prometheus, in parts: with many Services, they are megabytes. The kernel's counters
   * have been read when it resolves.
   */
  async text(): Promise<AsyncIterable<string>> {
    for (const [resource, count] of Object.entries(this.#objects())) this.#own.objects.set({ resource }, count);
    const tracked = this.#conntrack();
    if (tracked !== undefined) {
      this.#own.conntrackEntries.set(tracked.count);
      this.#own.conntrackLimit.set(tracked.max);
    }
    await Promise.all([this.#refusals?.fresh(), this.#services?.fresh()]);
    return this.#parts();
  }

  async *#parts(): AsyncGenerator<string> {
    for (const { name } of this.#registry.getMetricsAsArray()) {
      yield `${await this.#registry.getSingleMetricAsString(name)}\n`;
    }
    if (this.#services) yield* this.#services.parts();
  }

  /** A Service or a slice was added, changed or deleted, which affects these families. */
  changed(kind: ChangeKind, families: readonly Family[]): void {
    const { serviceChanges, endpointChanges } = this.#kubeProxy;
    (kind === "service" ? serviceChanges : endpointChanges).inc(kind === "service" ? families.length : 1);
    this.#pending[kind].add(this.#now());
    this.#setPending();
  }

  requested(family: Family): void {
    const now = this.#now();
    this.#kubeProxy.lastQueued.set(familyLabel(family), this.#timeOfDay(now) / 1000);
    this.#requests.get(family)?.add(now);
  }

  synced(round: Round): void {
    const { family, kind, elements, began } = round;
    const label = familyLabel(family);
    const now = this.#now();
    this.#took(round);
    this.#kubeProxy.lastSync.set(label, this.#timeOfDay(now) / 1000);
    this.#own.rounds.inc({ ...label, kind, result: "ok" });
    this.#own.elements.observe(label, elements);
    const requests = this.#requests.get(family);
    const oldest = requests?.oldest;
    if (oldest !== undefined && oldest <= began) this.#own.reaction.observe(label, (now - oldest) / 1000);
    for (const times of [requests, this.#pending.service, this.#pending.endpoints]) times?.dropUntil(began);
    this.#setPending();
  }

  failed(round: Round, error: unknown): void {
    const label = familyLabel(round.family);
    this.#took(round);
    this.#kubeProxy.syncFailures.inc(label);
    this.#own.rounds.inc({ ...label, kind: round.kind, result: "failed" });
    this.#own.nftFailures.inc({ ...label, reason: reasonOf(error) });
  }

  drifted(family: Family, { program }: Pick<Sender, "program">): void {
    if (this.#programs.size < mostPrograms) this.#programs.add(program);
    this.#own.drift.inc({ ...familyLabel(family), program: this.#programs.has(program) ? program : "others" });
  }

  /** Sets the number of Services that cannot be served as specified. */
  problems(count: number): void {
    this.#own.problems.set(count);
  }

  /** Sets the number of service ports that are denied a frontend. */
  conflicts(count: number): void {
    this.#own.conflicts.set(count);
  }

  /** Sets why load balancers must send nothing to this node; undefined if they may. */
  ineligible(reason: Ineligibility | undefined): void {
    for (const each of ineligibilities) this.#own.ineligible.set({ reason: each }, each === reason ? 1 : 0);
  }

  leftOut(family: Family, error: unknown): void {
    this.#own.nftFailures.inc({ ...familyLabel(family), reason: reasonOf(error) });
  }

  setAside(family: Family, service: ObjectKey, error: unknown): void {
    this.leftOut(family, error);
    this.#own.setAside.set(familyLabel(family), this.#aside(family).add(service).size);
  }

  /** The Service is served again, or gone. */
  restored(family: Family, service: ObjectKey): void {
    const services = this.#aside(family);
    services.delete(service);
    this.#own.setAside.set(familyLabel(family), services.size);
  }

  /** A change got into the rules this long after what triggered it. */
  programmed(family: Family, milliseconds: number): void {
    this.#kubeProxy.networkProgramming.observe(familyLabel(family), milliseconds / 1000);
  }

  noLocalEndpoints(family: Family, { internal, external }: NoLocalEndpoints): void {
    this.#kubeProxy.noLocalEndpoints.set({ ...familyLabel(family), traffic_policy: "internal" }, internal);
    this.#kubeProxy.noLocalEndpoints.set({ ...familyLabel(family), traffic_policy: "external" }, external);
  }

  withoutEndpoints(family: Family, { had, never }: WithoutEndpoints): void {
    this.#own.withoutEndpoints.set({ ...familyLabel(family), had_endpoints: "true" }, had);
    this.#own.withoutEndpoints.set({ ...familyLabel(family), had_endpoints: "false" }, never);
  }

  healthAnswered(page: HealthPage, code: number): void {
    this.#kubeProxy[page].inc({ code });
  }

  /** The API server answered a request, or the request failed. */
  exchanged(exchange: Exchange): void {
    this.#restClient.exchanged(exchange);
  }

  /** Something happened to the watch of a resource, such as `services`. */
  reported(resource: string, report: ReflectorReport | ReadinessReport): void {
    countReport(this.#own, resource, report);
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

  #refused() {
    return [...this.#setAside.values()].flatMap((services) => [...services].map((key) => [key, "set aside"] as const));
  }

  #took({ family, kind, milliseconds }: Round): void {
    const { sync, fullSync, partialSync } = this.#kubeProxy;
    for (const histogram of [sync, kind === "partial" ? partialSync : fullSync]) {
      histogram.observe(familyLabel(family), milliseconds / 1000);
    }
  }

  #setPending(): void {
    this.#kubeProxy.servicesPending.set(this.#pending.service.count);
    this.#kubeProxy.endpointsPending.set(this.#pending.endpoints.count);
  }

  #aside(family: Family): Set<ObjectKey> {
    const services = this.#setAside.get(family) ?? new Set<ObjectKey>();
    this.#setAside.set(family, services);
    return services;
  }
}

function reasonOf(error: unknown): "refused" | "overrun" | "failed" {
  if (error instanceof Refusal) return "refused";
  return error instanceof Overrun ? "overrun" : "failed";
}

/** The maximum number of programs with their own label. */
const mostPrograms = 20;

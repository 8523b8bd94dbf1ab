import type { Settings } from "./compile/settings.ts";
import type { Config } from "./config/config.ts";
import { resolveSettings } from "./config/settings.ts";
import { Agent, type AgentEvents } from "./daemon/agent.ts";
import { Health } from "./daemon/health.ts";
import type { Round } from "./daemon/reconciler.ts";
import { serviceHealth } from "./daemon/service-health.ts";
import { Store } from "./daemon/store.ts";
import { systemClock, systemRandom } from "./io/clock.ts";
import { serve } from "./io/http.ts";
import { healthPages } from "./io/http-health.ts";
import { ServiceHealthServers } from "./io/http-service-health.ts";
import { watchCluster } from "./io/kube-cluster.ts";
import type { Connection } from "./io/kube-connection.ts";
import { hasIPv6DynamicMaps } from "./io/nft.ts";
import { nftKernel } from "./io/nft-kernel.ts";
import { watchGenerations } from "./io/nft-watch.ts";
import { hostAddresses, watchAddresses } from "./io/this-host.ts";
import type { Family } from "./model/address.ts";
import type { Problem } from "./model/problem.ts";

/** Where messages go: their text is static, and what varies is in the fields. */
export type Log = Readonly<Record<"debug" | "info" | "warn" | "error", (fields: object, message: string) => void>>;

export type RunOptions = {
  readonly config: Config;
  readonly connection: Connection;
  readonly nodeName: string;
  /** The families that this host supports. */
  readonly families: readonly Family[];
  readonly counters: boolean;
  readonly log: Log;
};

/**
 * The node agent: keeps this node's tables equal to the cluster, until the signal is aborted. Then a transaction that is
 * under way is finished, and the rules stay.
 */
export async function run(options: RunOptions, signal: AbortSignal): Promise<void> {
  const { config, connection, nodeName, log } = options;
  const ip6Affinity = (await hasIPv6DynamicMaps()) ? "remember" : "hash";
  if (ip6Affinity === "hash") log.warn({}, "this nft cannot remember IPv6 clients: they choose endpoints by address");

  const health = new Health({
    families: options.families,
    patience: 2 * config.syncPeriod,
    now: () => systemClock.now(),
  });
  const ports = new ServiceHealthServers({
    isHealthy: () => health.isHealthy,
    onFailure: (service, error) => log.error({ service, err: error }, "cannot open a health check node port"),
  });
  const seen = new ProblemLog(log);
  const store = new Store((change) => {
    if (change.kind === "service") agent.changed(change.key);
    else refreshSettings(change.kind);
  });

  function currentSettings(): Settings {
    const { settings, problems } = resolveSettings({
      config,
      node: store.node,
      nodeName,
      interfaceAddresses: hostAddresses(),
      serviceCIDRs: store.serviceCIDRs,
      ip6Affinity,
      counters: options.counters,
    });
    seen.report(problems);
    ports.setAddresses({
      ip: settings.families.ip.nodePortAddresses,
      ip6: settings.families.ip6.nodePortAddresses,
    });
    return settings;
  }

  function refreshSettings(cause: string): void {
    health.setNode(store.node);
    agent.setSettings(currentSettings(), cause);
  }

  let hasSynced: () => void = () => undefined;
  const firstSync = Promise.race([aborted(signal), new Promise<void>((resolve) => (hasSynced = resolve))]);

  function synced(round: Round): void {
    health.synced(round.family, round.began);
    if (health.isHealthy) hasSynced();
    for (const key of round.services) {
      const service = store.services.get(key);
      ports.setService(key, service && serviceHealth(service, store.slicesOf(key), nodeName));
    }
    const { services, ...fields } = round;
    log.info({ ...fields, services: services.size }, "synced");
  }

  const events: AgentEvents = {
    requested: (family) => health.requested(family),
    synced,
    failed: ({ services, ...round }, error, retryInMilliseconds) =>
      log.error({ ...round, services: services.size, err: error, retryInMilliseconds }, "sync failed"),
    setAside: (family, service, refusal, retryInMilliseconds) =>
      log.error({ family, service, err: refusal, retryInMilliseconds }, "nft refused a Service: it is set aside"),
    restored: (family, service) => log.info({ family, service }, "a Service that was set aside is served again"),
    drifted: (family) => log.warn({ family }, "somebody else changed the table: repairing it"),
    conflict: (conflict) => log.warn(conflict, "a Service wants a frontend that another has"),
  };
  const agent = new Agent({
    store,
    families: options.families,
    settings: currentSettings(),
    kernel: nftKernel,
    clock: systemClock,
    random: systemRandom,
    events,
    minSyncPeriod: config.minSyncPeriod,
  });

  /** From the first sync on: the first load is large, and whatever others did before it is overwritten by it. */
  async function watchHost(): Promise<void> {
    const lost = (error: Error) => {
      log.warn({ err: error }, "lost sight of changes that others make to the tables");
      agent.lostSight();
    };
    await Promise.all([
      watchAddresses(() => refreshSettings("addresses"), signal),
      watchGenerations(({ families }) => agent.generation(families), lost, signal),
    ]);
  }

  const healthz = config.healthzBindAddress;
  const servers =
    healthz === undefined
      ? []
      : [
          serve(
            {
              ...healthz,
              answer: healthPages(health, () => undefined),
              onListening: () => log.info(healthz, "serving health checks"),
              onFailure: (error) => log.error({ ...healthz, err: error }, "cannot serve health checks"),
            },
            signal,
          ),
        ];
  const cluster = watchCluster(
    {
      connection,
      nodeName,
      store,
      onProblem: (problem) => seen.report([problem]),
      onReport: (resource, report) => log[report.kind === "failed" ? "warn" : "debug"]({ resource, report }, "watch"),
    },
    signal,
  );
  await Promise.race([cluster.complete, aborted(signal)]);
  if (!signal.aborted) {
    log.info({ services: store.services.size, slices: store.slices.size }, "the first lists are complete");
    await Promise.all([agent.run(signal), firstSync.then(watchHost)]);
  }
  await Promise.all([...servers, ports.close(), cluster.ended]);
  log.info({}, "stopped; the rules stay");
}

/** Logs each problem once, as objects come again and again. */
class ProblemLog {
  readonly #log: Log;
  readonly #known = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  report(problems: readonly Problem[]): void {
    for (const { object, field, message } of problems) {
      const key = `${object} ${field} ${message}`;
      if (this.#known.has(key)) continue;
      if (this.#known.size >= 10_000) this.#known.clear();
      this.#known.add(key);
      this.#log.warn({ object, field, problem: message }, "something cannot be used as it stands");
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

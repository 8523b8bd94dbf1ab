import type { Settings } from "./compile/settings.ts";
import type { Config } from "./config/config.ts";
import { resolveSettings } from "./config/settings.ts";
import { Agent } from "./daemon/agent.ts";
import { Health } from "./daemon/health.ts";
import { Store } from "./daemon/store.ts";
import { TriggerTimes } from "./daemon/trigger-times.ts";
import { systemClock, systemRandom } from "./io/clock.ts";
import { Followers } from "./io/followers.ts";
import { hostAddresses, watchHostAddresses } from "./io/host-addresses.ts";
import { serve } from "./io/http.ts";
import { healthPages } from "./io/http-health.ts";
import { metricsPages } from "./io/http-metrics.ts";
import { watchCluster } from "./io/kube-cluster.ts";
import type { Connection } from "./io/kube-connection.ts";
import { Recorder } from "./io/kube-recorder.ts";
import type { Log } from "./io/log.ts";
import { releaseMemory } from "./io/memory.ts";
import { Metrics } from "./io/metrics.ts";
import { hasIPv6DynamicMaps } from "./io/nft.ts";
import { readConnections } from "./io/nft-connections.ts";
import { nftKernel } from "./io/nft-kernel.ts";
import { watchGenerations } from "./io/nft-watch.ts";
import { regarding, reports } from "./io/reports.ts";

import type { Family } from "./model/address.ts";
import type { Problem } from "./model/problem.ts";
import type { Generation } from "./nft/generations.ts";
import { printRuleset } from "./nft/print-ruleset.ts";

export type RunOptions = {
  readonly config: Config;
  /** Calls back with each later form of the configuration, until the signal is aborted. */
  readonly followConfig: (onChange: (config: Config) => void, signal: AbortSignal) => Promise<void>;
  readonly connection: Connection;
  readonly nodeName: string;
  /** The families that this host supports. */
  readonly families: readonly Family[];
  /** Have the kernel count the new connections of each frontend. */
  readonly counters: boolean;
  readonly version: string;
  readonly log: Log;
};

/**
 * The node agent: keeps this node's tables equal to the cluster, until the signal is aborted. Then a transaction that is
 * under way is finished, and the rules stay. Rejects where a port cannot be bound and bindAddressHardFail is set.
 */
export async function run(options: RunOptions, stopped: AbortSignal): Promise<void> {
  const hardFailure = new AbortController();
  const signal = AbortSignal.any([stopped, hardFailure.signal]);
  const { connection, nodeName, families, log } = options;
  let { config } = options;
  const ip6Affinity = (await hasIPv6DynamicMaps()) ? "remember" : "hash";
  if (ip6Affinity === "hash") log.warn({}, "this nft cannot remember IPv6 clients: they choose endpoints by address");

  const now = () => systemClock.now();
  const recorder = new Recorder(connection, nodeName, systemClock, (error) =>
    log.debug({ err: error }, "cannot post an Event"),
  );
  const health = new Health({ families, patience: 2 * config.syncPeriod, now });
  const metrics = new Metrics({
    families,
    version: options.version,
    now,
    conflicts: () => agent.conflictCount,
    connections: options.counters
      ? {
          read: (family) => readConnections(family),
          atMostEvery: 10_000,
          ownerOf: (family, frontend) => agent.ownerOf(family, frontend),
        }
      : undefined,
  });
  const report = reports({ log, metrics, health, recorder });
  const known = new ProblemLog(log);
  const triggers = new TriggerTimes(now());
  const store = new Store((change) => {
    switch (change.kind) {
      case "Service":
        metrics.changed("service", families);
        agent.changed(change.key, change.kind);
        break;
      case "EndpointSlice":
        // Of a family without a table, nothing would ever take out what is kept of a change.
        if (!families.includes(change.family)) break;
        metrics.changed("endpoints", [change.family]);
        triggers.changed(change.key, change.family, change.slice?.triggered);
        agent.changed(change.key, change.kind, change.family);
        break;
      case "Node":
      case "ServiceCIDR":
        refreshSettings(change.kind);
    }
  });

  let isListed = false;

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
    // Before the first lists are complete, the Node is always missing.
    if (isListed) known.report(problems);
    followers.setSettings(settings);
    return settings;
  }

  function refreshSettings(cause: string): void {
    health.setNode(store.node);
    agent.setSettings(currentSettings(), cause);
  }

  function takeConfig(next: Config): void {
    const fixed = fixedFields.filter((field) => JSON.stringify(next[field]) !== JSON.stringify(config[field]));
    if (fixed.length > 0) log.warn({ fields: fixed }, "these fields of the configuration take effect after a restart");
    config = next;
    log.info({}, "the configuration has changed");
    refreshSettings("configuration");
  }

  let hasSynced: () => void = () => undefined;
  const firstSync = Promise.race([
    aborted(signal),
    new Promise<void>((resolve) => {
      hasSynced = resolve;
    }),
  ]);

  const followers = new Followers({
    families,
    nodeName,
    store,
    triggers,
    metrics,
    events: report,
    isHealthy: () => health.isHealthy,
    onPortFailure: (service, error) => {
      log.error({ service, err: error }, "cannot open a health check node port");
      const reason = "FailedToStartServiceHealthcheck";
      const note = `node ${nodeName}: ${error.message}`;
      recorder.post({ type: "Warning", reason, action: "Listen", note, regarding: regarding(service) });
    },
  });
  const agent: Agent = new Agent({
    store,
    families,
    settings: currentSettings(),
    kernel: nftKernel,
    clock: systemClock,
    random: systemRandom,
    events: {
      ...report,
      synced: (round) => {
        report.synced(round);
        followers.synced(round);
        if (health.isHealthy) hasSynced();
      },
    },
    minSyncPeriod: config.minSyncPeriod,
  });

  /** Resolves when what others do to the tables is seen, or cannot be. */
  function watchTables(): Promise<void> {
    return new Promise((resolve) => {
      let isLost = false;
      const events = {
        onListening: () => {
          if (isLost) agent.lostSight();
          isLost = false;
          resolve();
        },
        onGeneration: (generation: Generation) => agent.generation(generation.families),
        onLost: (error: Error) => {
          log.warn({ err: error }, "lost sight of changes that others make to the tables");
          isLost = true;
          resolve();
        },
      };
      void watchGenerations(events, signal).then(resolve);
    });
  }

  const pages = {
    metrics,
    config: () => config,
    rules: () => printRuleset(agent.tables),
  };
  const servers = [
    {
      name: "health",
      at: config.healthzBindAddress,
      answer: healthPages(health, (page, code) => metrics.healthAnswered(page, code)),
    },
    { name: "metrics", at: config.metricsBindAddress, answer: metricsPages(pages) },
  ].flatMap(({ name, at, answer }) => {
    if (at === undefined) return [];
    const onListening = () => log.info({ name, ...at }, "listening");
    const onFailure = (error: Error) => {
      log.error({ name, ...at, err: error }, "cannot listen");
      if (config.bindAddressHardFail) hardFailure.abort(new Error(`cannot listen at ${at.address} port ${at.port}`));
    };
    return [serve({ ...at, answer, onListening, onFailure }, signal)];
  });
  const cluster = watchCluster(
    {
      connection,
      nodeName,
      store,
      onProblem: (resource, problem) => {
        metrics.reported(resource, { kind: "malformed", message: problem.message });
        known.report([problem]);
      },
      onReport: (resource, what) => {
        metrics.reported(resource, what);
        const { error, ...rest } = { error: undefined, ...what };
        log[what.kind === "failed" ? "warn" : "debug"]({ resource, ...rest, err: error }, "watch");
      },
    },
    signal,
  );
  await Promise.race([cluster.complete, aborted(signal)]);
  if (!signal.aborted) {
    log.info({ services: store.services.size, slices: store.slices.size }, "the first lists are complete");
    isListed = true;
    refreshSettings("start");
    releaseMemory();
    await followers.readFormer();
    // A socat that never says that it listens must not keep the node without rules.
    await Promise.race([watchTables(), systemClock.sleep(5000, signal)]);
    await Promise.all([
      agent.run(signal),
      options.followConfig(takeConfig, signal),
      watchHostAddresses(() => refreshSettings("addresses"), signal),
      firstSync.then(releaseMemory),
      followers.run(signal),
    ]);
  }
  await Promise.all([...servers, cluster.ended]);
  hardFailure.signal.throwIfAborted();
  log.info({}, "stopped; the rules stay");
}

/** What is used once, at the start. */
const fixedFields = [
  "hostnameOverride",
  "healthzBindAddress",
  "metricsBindAddress",
  "clientConnection",
  "syncPeriod",
  "minSyncPeriod",
  "conntrack",
  "oomScoreAdj",
] as const satisfies readonly (keyof Config)[];

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

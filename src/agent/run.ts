import type { Settings } from "../compile/settings.ts";
import type { Config } from "../config/config.ts";
import { configAfter } from "../config/config-change.ts";
import { configFile } from "../config/config-file.ts";
import { resolveSettings } from "../config/settings.ts";
import { Agent } from "../daemon/agent.ts";
import { TriggerTimes } from "../daemon/follow/trigger-times.ts";
import { Health } from "../daemon/health.ts";
import { Store } from "../daemon/store.ts";
import { hostAddresses, watchHostAddresses } from "../io/host/addresses.ts";
import { systemClock, systemRandom, timeOfDay } from "../io/host/clock.ts";
import type { Log } from "../io/host/log.ts";
import { Memory } from "../io/host/memory.ts";
import { healthPages } from "../io/http/health.ts";
import { serve } from "../io/http/http.ts";
import { metricsPages } from "../io/http/metrics.ts";
import { watchCluster } from "../io/kube/cluster.ts";
import type { Connection, Exchange } from "../io/kube/connection.ts";
import { nodeReference, serviceReference } from "../io/kube/event-subjects.ts";
import { Recorder } from "../io/kube/recorder.ts";
import { Metrics } from "../io/metrics/metrics.ts";
import { readConnections } from "../io/nft/connections.ts";
import { nftKernel } from "../io/nft/kernel.ts";
import { hasIPv6DynamicMaps } from "../io/nft/nft.ts";
import { watchGenerations } from "../io/nft/watch.ts";
import type { Family } from "../model/address.ts";
import type { ObjectKey } from "../model/service.ts";
import type { Generation } from "../netlink/generations.ts";
import { printRuleset } from "../nft/print-ruleset.ts";
import { AfterSync } from "./after-sync.ts";
import { ProblemLog } from "./problem-log.ts";
import { reports } from "./reports.ts";
import { WatchLog } from "./watch-log.ts";

export type RunOptions = {
  readonly config: Config;
  /** Calls back with each later form of the configuration, until the signal is aborted. */
  readonly followConfig: (onChange: (config: Config) => void, signal: AbortSignal) => Promise<void>;
  /** Opens the way to the API server; the callback is told of each request. */
  readonly connect: (onExchange: (exchange: Exchange) => void) => Connection;
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
  const { nodeName, families, log, version } = options;
  let { config } = options;
  const connection = options.connect((exchange) => metrics.exchanged(exchange));
  log.info({ version, node: nodeName, families, server: connection.server }, "starting");
  const ip6Affinity = (await hasIPv6DynamicMaps()) ? "remember" : "hash";
  if (ip6Affinity === "hash") log.warn({}, "this nft cannot remember IPv6 clients: they choose endpoints by address");

  const now = () => systemClock.now();
  const recorder = new Recorder(connection, nodeName, systemClock, (error, isNew) =>
    log[isNew ? "warn" : "debug"]({ err: error }, "cannot post an Event"),
  );
  const health = new Health({ families, patience: 2 * config.syncPeriod, now, timeOfDay });
  const metrics = new Metrics({
    families,
    version,
    now,
    timeOfDay,
    conflicts: () => agent.conflictCount,
    connections: options.counters
      ? {
          read: (family) => readConnections(family),
          atMostEvery: 10_000,
          ownerOf: (family, frontend) => agent.ownerOf(family, frontend),
        }
      : undefined,
  });
  const regarding = (key: ObjectKey) => {
    const [namespace = "", name = ""] = key.split("/");
    return serviceReference(store.services.get(key) ?? { namespace, name });
  };
  const onNode = nodeReference(nodeName);
  const note = `kube-nft ${version}`;
  recorder.post({ type: "Normal", reason: "Starting", action: "StartKubeNft", note, regarding: onNode });
  const report = reports({ log, metrics, health, recorder, regarding });
  const known = new ProblemLog(log);
  const watches = new WatchLog(log, known, now);
  const triggers = new TriggerTimes(timeOfDay(now()));
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
    const { inForce, waiting } = configAfter(config, next);
    if (waiting.length > 0)
      log.warn({ fields: waiting }, "these fields of the configuration take effect after a restart");
    if (JSON.stringify(inForce) === JSON.stringify(config)) return;
    config = inForce;
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

  const memory = new Memory();
  const followers = new AfterSync({
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
    kernel: nftKernel((family, error) => {
      log.warn({ family, err: error }, "cannot read what is in the table: it is filled anew");
    }),
    clock: systemClock,
    random: systemRandom,
    events: {
      ...report,
      synced: (round) => {
        report.synced(round);
        followers.synced(round);
        memory.noteWork();
        if (health.isHealthy) hasSynced();
      },
    },
    minSyncPeriod: config.minSyncPeriod,
  });

  /** Resolves when what others do to the tables is seen, or cannot be, or not soon enough. */
  function watchTables(): Promise<void> {
    return new Promise((resolve) => {
      let isLost = false;
      // A socat that never says that it listens must not keep the node without rules.
      void systemClock.sleep(5000, signal).then(() => {
        isLost = !isListening;
        resolve();
      });
      let isListening = false;
      const events = {
        onListening: () => {
          isListening = true;
          if (isLost) agent.lostSight();
          isLost = false;
          resolve();
        },
        onGeneration: (generation: Generation) => agent.generation(generation),
        onLost: (error: Error) => {
          // It is tried again and again, and may fail for the same reason for ever.
          log[isLost ? "debug" : "warn"]({ err: error }, "lost sight of changes that others make to the tables");
          isLost = true;
          resolve();
        },
      };
      void watchGenerations(events, signal).then(resolve);
    });
  }

  const pages = {
    metrics,
    config: () => configFile(config),
    rules: () => printRuleset(agent.tables),
  };
  const servers = [
    {
      name: "health",
      reason: "FailedToStartProxierHealthcheck",
      at: config.healthzBindAddress,
      answer: healthPages(health, (page, code) => metrics.healthAnswered(page, code)),
    },
    {
      name: "metrics",
      reason: "FailedToStartMetricServer",
      at: config.metricsBindAddress,
      answer: metricsPages(pages),
    },
  ].flatMap(({ name, reason, at, answer }) => {
    if (at === undefined) return [];
    const onListening = () => log.info({ name, ...at }, "listening");
    const onFailure = (error: Error) => {
      log.error({ name, ...at, err: error }, "cannot listen");
      recorder.post({ type: "Warning", reason, action: "Listen", note: error.message, regarding: onNode });
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
        watches.report(resource, what);
      },
    },
    signal,
  );
  await Promise.race([cluster.complete, aborted(signal)]);
  if (!signal.aborted) {
    log.info({ services: store.services.size, slices: store.slices.size }, "the first lists are complete");
    if (store.node === undefined)
      log.warn({ node: nodeName }, "there is no such Node: is --hostname-override its name?");
    isListed = true;
    refreshSettings("start");
    memory.release();
    await followers.readFormer().catch((error) => {
      log.warn({ err: error }, "cannot read the frontends of the process before this one; their UDP flows may stay");
    });
    await watchTables();
    await Promise.all([
      agent.run(signal),
      options.followConfig(takeConfig, signal),
      watchHostAddresses(() => refreshSettings("addresses"), signal),
      firstSync.then(() => memory.release()),
      followers.run(signal),
    ]);
  }
  await Promise.all([...servers, cluster.ended]);
  if (hardFailure.signal.aborted) await recorder.settled();
  hardFailure.signal.throwIfAborted();
  log.info({}, "stopped; the rules stay");
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

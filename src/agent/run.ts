import type { HostCapabilities } from "../compile/settings.ts";
import type { Config } from "../config/config.ts";
import { Agent } from "../daemon/agent.ts";
import { TriggerTimes } from "../daemon/follow/trigger-times.ts";
import { Health } from "../daemon/health.ts";
import { Store } from "../daemon/store.ts";
import type { Bell } from "../io/host/bell.ts";
import { systemClock, systemRandom, timeOfDay } from "../io/host/clock.ts";
import { conntrackFill } from "../io/host/conntrack-fill.ts";
import type { AdjustableLog } from "../io/host/log.ts";
import { Memory } from "../io/host/memory.ts";
import { agentSocket, holdAgentSocket, observerSocket } from "../io/http/agent-socket.ts";
import { localPages } from "../io/http/local-pages.ts";
import { watchCluster } from "../io/kube/cluster.ts";
import type { Connection, Exchange } from "../io/kube/connection.ts";
import { Recorder, silentRecorder } from "../io/kube/recorder.ts";
import { Metrics } from "../io/metrics/metrics.ts";
import type { ServiceMetrics } from "../io/metrics/service-series.ts";
import { holderOf } from "../io/netlink/holder.ts";
import { NetlinkSession } from "../io/netlink/netlink.ts";
import { readFrontendConnections } from "../io/nft/connections.ts";
import type { FailedTransaction } from "../io/nft/failed-transaction.ts";
import { nftKernel } from "../io/nft/kernel.ts";
import { observingKernel } from "../io/nft/observing-kernel.ts";
import { readPreviousNode } from "../io/nft/previous-node.ts";
import { readRefusals } from "../io/nft/refusals.ts";
import type { Family } from "../model/address.ts";
import type { ObjectKey } from "../model/service.ts";
import { AfterSync } from "./after-sync.ts";
import { Chronicle } from "./chronicle.ts";
import { Dumper } from "./dump.ts";
import { Effects } from "./effects.ts";
import { kubernetesEvents } from "./events.ts";
import { Explainer } from "./explainer.ts";
import { followStore } from "./follow-store.ts";
import { FrontendCounts } from "./frontend-counts.ts";
import { type FollowConfig, NodeSettings } from "./node-settings.ts";
import { Observer } from "./observer.ts";
import { agentOrders, agentPages } from "./pages.ts";
import { ProblemLog } from "./problem-log.ts";
import { RememberedNode } from "./remembered-node.ts";
import { reports } from "./reports.ts";
import { serveAll } from "./servers.ts";
import { statusTeller } from "./status.ts";
import { tellWaiting } from "./waiting.ts";
import { WatchLog } from "./watch-log.ts";
import { WatchStates } from "./watch-states.ts";
import { watchAgentTables } from "./watch-tables.ts";

export type RunOptions = {
  readonly config: Config;
  readonly followConfig: FollowConfig;
  /** Connects to the API server; the callback is called for each request. */
  readonly connect: (onExchange: (exchange: Exchange) => void) => Connection;
  readonly nodeName: string;
  /** The families that this host supports. */
  readonly families: readonly Family[];
  /** The features of its nft and kernel. */
  readonly capabilities: HostCapabilities;
  /** The missing features, in words. */
  readonly lacks: readonly string[];
  readonly nftVersion: string;
  /** Do all but what others notice: write nothing to the kernel, open no ports for clients, post no Events. */
  readonly observe: boolean;
  /** Let the kernel count the new connections of each frontend. */
  readonly counters: boolean;
  readonly serviceMetrics: ServiceMetrics;
  readonly version: string;
  /** Rings when someone asks for a file with the state. */
  readonly dumpRequests: Bell;
  readonly log: AdjustableLog;
};

/**
 * The node agent: keeps this node's tables equal to the cluster, until the signal is aborted. Then it finishes a
 * transaction in progress, and the rules stay. Rejects if a port cannot be bound and bindAddressHardFail is set.
 */
export async function run(options: RunOptions, stopped: AbortSignal): Promise<void> {
  const { config, nodeName, families, capabilities, counters, log, version, observe } = options;
  const hardFailure = new AbortController();
  const signal = AbortSignal.any([stopped, hardFailure.signal]);
  const now = () => systemClock.now();

  // What is known of the cluster, and what is reported about this agent.
  const store = new Store();
  const health = new Health({ families, patience: 2 * config.syncPeriod, now, timeOfDay, lacks: options.lacks });
  const objects = () => store.counts;
  const metrics = new Metrics({ families, version, now, timeOfDay, objects, conntrack: conntrackFill });
  const connection = options.connect((exchange) => metrics.exchanged(exchange));
  const { server, identity } = connection;
  const starting = observe ? "starting, only to observe: nothing is written to the kernel" : "starting";
  log.info({ version, node: nodeName, families, server, identity }, starting);
  for (const danger of connection.dangers) log.warn({ danger }, "the connection to the API server is not secure");
  const onEventFailure = (err: unknown, isNew: boolean) =>
    log[isNew ? "warn" : "debug"]({ err }, "cannot post an Event");
  const recorder = observe
    ? silentRecorder
    : new Recorder({ connection, nodeName, clock: systemClock, random: systemRandom, onFailure: onEventFailure });
  const times = { now, text: (time: number) => new Date(timeOfDay(time)).toISOString() };
  const chronicle = new Chronicle(times);
  const events = kubernetesEvents({ recorder, store, nodeName });
  const report = reports({ log, metrics, health, events, chronicle, isObserving: observe });
  report.started(version);
  const problems = new ProblemLog(log);
  const states = new WatchStates(times);
  const watches = new WatchLog({ log, problems, metrics, health, states, now });

  // The parts that keep the kernel equal to the cluster.
  const readPrevious = () => readPreviousNode(observe ? [] : families);
  const node = new RememberedNode({ nodeName, clock: systemClock, log, readPrevious });
  const sources = { config, node, nodeName, store, connection };
  const settings = new NodeSettings({ ...sources, capabilities, counters, log, problems });
  const triggers = new TriggerTimes(timeOfDay(now()));
  const setUnremembered = settings.setUnremembered.bind(settings);
  // Tables are read one after another, and there is a search for flows after most changes.
  const netlink = new NetlinkSession();
  const afterSync = new AfterSync({ families, triggers, metrics, report });
  const effects = observe ? undefined : new Effects({ families, netlink, health, report, setUnremembered });
  const memory = new Memory();
  const failed = new Map<Family, FailedTransaction & { readonly at: string }>();
  const kernel = observe
    ? observingKernel(netlink.talk, (family, err) =>
        log.warn({ family, err }, "cannot read the table; it counts as not there"),
      )
    : nftKernel({
        talk: netlink.talk,
        onUnread: report.unread,
        onFailed: (each) => failed.set(each.family, { ...each, at: times.text(now()) }),
      });
  const observer = observe
    ? new Observer({ families, store, settings, kernel, clock: systemClock, times, log, metrics })
    : undefined;
  const agent = new Agent({
    store,
    families,
    settings: settings.current,
    kernel,
    holderOf,
    clock: systemClock,
    random: systemRandom,
    events: {
      ...report,
      synced: (round) => {
        report.synced(round);
        effects?.synced(round);
        afterSync.synced(round);
        observer?.synced();
        memory.noteWork();
        if (health.isHealthy) memory.noteHealthy();
      },
    },
    minSyncPeriod: config.minSyncPeriod,
  });

  // From here on, changes reach the kernel from the store, and the pages are served.
  followStore(store, { families, metrics, triggers, health, report, settings, agent });
  settings.follow((current, cause) => {
    effects?.setSettings(current);
    agent.setSettings(current, cause);
  });
  connection.addresses.follow(() => settings.refresh("API server"));
  const servicePortOf = agent.servicePortOf.bind(agent);
  const ownerOf = agent.ownerOf.bind(agent);
  const isKnown = (service: ObjectKey) => store.services.has(service);
  const isCounted = counters && !observe;
  const refusals = isCounted
    ? metrics.tellRefusals({ read: readRefusals, atMostEvery: 1000, ownerOf, isKnown })
    : undefined;
  metrics.tellServices(options.serviceMetrics, {
    connections: isCounted ? { read: readFrontendConnections, atMostEvery: 10_000, servicePortOf } : undefined,
    problems: () => afterSync.problems(),
  });
  const parts = { agent, health, connection, chronicle, afterSync, effects, observer };
  const known = { version, nodeName, node, times, store, ...parts };
  const status = statusTeller({ ...known, nftVersion: options.nftVersion, lacks: options.lacks, watches: states });
  const explainer = new Explainer({ ...known, watches: states, clock: systemClock });
  const counts = new FrontendCounts({ families: isCounted ? families : [], read: readFrontendConnections, now });
  const dumper = new Dumper(
    { status, rounds: () => chronicle.rounds, tables: () => agent.views, failed: () => failed.values() },
    log,
  );
  const dumps = dumper.follow(options.dumpRequests, signal);
  const answers = { ...known, settings, status, explainer, dumper, refusals, counts, log };
  const local = localPages(agentPages(answers), version, agentOrders(answers));
  const socket = holdAgentSocket(observe ? observerSocket : agentSocket, local, report.socketTaken, signal);
  const pages = { agent, settings, health, metrics, log, report, local };
  const servers = serveAll(pages, signal).catch((error) => hardFailure.abort(error));
  const onProblems = watches.problems.bind(watches);
  const onReport = watches.report.bind(watches);
  const onHeard = states.heard.bind(states);
  const cluster = watchCluster({ connection, nodeName, store, onProblems, onReport, onHeard }, signal);

  const waiting = tellWaiting({ states, health, families, log, clock: systemClock }, signal);

  await Promise.race([cluster.complete, aborted(signal)]);
  if (!signal.aborted) {
    log.info({ services: store.services.size, slices: store.slices.size }, "the first lists are complete");
    report.nodeChanged();
    await settings.start(signal);
    await effects?.readPrevious();
    // What others do to the tables is nothing to be put right.
    if (observe) agent.lostSight();
    else await watchAgentTables(agent, report, signal);
    const follow = settings.run(options.followConfig, signal);
    await Promise.all([agent.run(signal), follow, effects?.run(signal), observer?.run(signal)]);
  }
  await Promise.all([servers, socket, dumps, waiting, cluster.ended]);
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

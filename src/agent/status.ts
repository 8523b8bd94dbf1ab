import type { Status } from "../ask/status/status.ts";
import { warningsOf } from "../ask/status/warnings.ts";
import type { Agent } from "../daemon/agent.ts";
import type { Health } from "../daemon/health.ts";
import type { Store } from "../daemon/store.ts";
import { conntrackFill } from "../io/host/conntrack-fill.ts";
import { kernelRelease } from "../io/host/host.ts";
import type { Connection } from "../io/kube/connection.ts";
import type { AfterSync } from "./after-sync.ts";
import type { Chronicle, Times } from "./chronicle.ts";
import type { Effects } from "./effects.ts";
import type { Observer } from "./observer.ts";
import type { RememberedNode } from "./remembered-node.ts";
import type { WatchStates } from "./watch-states.ts";

/** The parts of this node's agent whose state is shown. */
export type StatusSources = {
  readonly version: string;
  readonly nftVersion: string;
  readonly lacks: readonly string[];
  readonly nodeName: string;
  readonly node: Pick<RememberedNode, "node">;
  readonly times: Times;
  readonly store: Store;
  readonly agent: Pick<Agent, "views">;
  readonly health: Health;
  readonly connection: Pick<Connection, "server" | "identity">;
  readonly chronicle: Chronicle;
  readonly watches: WatchStates;
  readonly afterSync: Pick<AfterSync, "troubles">;
  /** Undefined of an agent that only observes. */
  readonly effects: Pick<Effects, "loopback"> | undefined;
  readonly observer: Pick<Observer, "status"> | undefined;
};

/** Returns the agent's current state on each call. */
export function statusTeller(sources: StatusSources): () => Status {
  const { version, nftVersion, lacks, nodeName, times, store, agent, health, connection, chronicle } = sources;
  const started = times.now();
  return () => {
    const { services: count, endpointslices: slices } = store.counts;
    const status = {
      code: health.answer("healthz").code,
      version,
      now: times.text(times.now()),
      started: times.text(started),
      node: {
        name: nodeName,
        zone: sources.node.node?.zone,
        addresses: sources.node.node?.addresses ?? [],
        ineligibility: health.ineligibility,
      },
      host: { kernel: kernelRelease(), nft: nftVersion, lacks, conntrack: conntrackFill() },
      apiServer: {
        url: connection.server,
        identity: connection.identity,
        failure: sources.watches.unreachable,
        watches: sources.watches.all,
      },
      tables: agent.views.map(({ family, kernelState }) => ({
        family,
        isHealthy: health.isFamilyHealthy(family),
        kernel: kernelState,
        lastRound: chronicle.lastRound(family),
        lastFailure: chronicle.lastFailure(family),
        setAside: chronicle.setAsideIn(family),
      })),
      drift: chronicle.drift,
      loopback: sources.effects?.loopback ?? { ports: 0, connections: 0, failures: [] },
      observed: sources.observer?.status,
      services: { count, slices, endpoints: endpointCount(store), ...sources.afterSync.troubles },
    };
    return { ...status, warnings: warningsOf(status) };
  };
}

function endpointCount(store: Store): number {
  let count = 0;
  for (const { endpoints } of store.slices.values()) count += endpoints.addresses.length;
  return count;
}

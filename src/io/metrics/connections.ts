import { setTimeout as sleep } from "node:timers/promises";
import type { FrontendKey } from "../../compile/plan/frontends.ts";
import { type Family, familyName } from "../../model/address.ts";
import type { FrontendConnections } from "../nft/connections.ts";
import type { OwnMetrics } from "./own.ts";

export type ConnectionsSource = {
  readonly read: (family: Family) => Promise<readonly FrontendConnections[]>;
  /** Reading costs time in proportion to the number of frontends: scrapes that come sooner get the last values. */
  readonly atMostEvery: number;
  /** The whole name of the service port that has a frontend, where it is known. */
  readonly servicePortOf?: (family: Family, frontend: FrontendKey) => string | undefined;
};

type Labels = Record<"ip_family" | "namespace" | "service" | "port" | "protocol" | "frontend", string>;

/** The service port that is counted, and what has been seen of each of its frontends. */
type Series = { readonly labels: Labels; seen: Map<string, number> };

/**
 * Returns what brings the counters of new connections up to date.
 *
 * The kernel counts from 0 where an element is put in anew. The counters here go on from what they were, so that they
 * only ever grow, as long as the service port exists.
 */
export function countConnections(
  { read, atMostEvery, servicePortOf }: ConnectionsSource,
  families: readonly Family[],
  now: () => number,
  { connections, connectionsFailures }: OwnMetrics,
): () => Promise<void> {
  const known = new Map(families.map((family) => [family, new Map<string, Series>()]));
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function update(): Promise<void> {
    for (const [family, before] of known) {
      const current = new Map<string, Series>();
      for (const each of await read(family)) {
        const owner = servicePortOf?.(family, each.frontend) ?? each.owner;
        const labels = labelsOf(family, { ...each, owner });
        const name = Object.values(labels).join(" ");
        const series = current.get(name) ?? { labels, seen: new Map<string, number>() };
        current.set(name, series);
        series.seen.set(each.frontend, each.connections);
        const last = before.get(name)?.seen.get(each.frontend) ?? 0;
        connections.inc(labels, each.connections >= last ? each.connections - last : each.connections);
      }
      for (const [name, { labels }] of before) if (!current.has(name)) connections.remove(labels);
      known.set(family, current);
    }
  }

  return async () => {
    if (now() - readAt >= atMostEvery) {
      readAt = now();
      reading ??= update()
        .catch(() => connectionsFailures.inc())
        .finally(() => {
          reading = undefined;
        });
    }
    // A scrape has 10 s by default: it had better get the old values than none.
    await Promise.race([reading, sleep(5000, undefined, { ref: false })]);
  };
}

function labelsOf(family: Family, { owner, kind, protocol }: FrontendConnections): Labels {
  const [namespace = "", name = "", port = ""] = owner.split(/[/:]/);
  const ip_family = familyName(family);
  return { ip_family, namespace, service: name, port, protocol, frontend: kind };
}

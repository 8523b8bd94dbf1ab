import type { Agent } from "../daemon/agent.ts";
import type { TriggerTimes } from "../daemon/follow/trigger-times.ts";
import type { Health } from "../daemon/health.ts";
import type { Store } from "../daemon/store.ts";
import type { Metrics } from "../io/metrics/metrics.ts";
import type { Family } from "../model/address.ts";
import type { NodeSettings } from "./node-settings.ts";
import type { Reports } from "./reports.ts";

export type StoreFollowers = {
  readonly families: readonly Family[];
  readonly metrics: Metrics;
  readonly triggers: TriggerTimes;
  readonly health: Health;
  readonly report: Pick<Reports, "nodeChanged">;
  readonly settings: NodeSettings;
  readonly agent: Agent;
};

/** From now on, reports changes in the store to everyone that they affect. */
export function followStore(store: Store, followers: StoreFollowers): void {
  const { families, metrics, triggers, health, report, settings, agent } = followers;
  store.follow((change) => {
    switch (change.kind) {
      case "Service":
        metrics.changed("service", families);
        agent.changed(change.key, change.kind);
        return;
      case "EndpointSlice":
        // Without a table for the family, nothing would ever remove the record of a change.
        if (!families.includes(change.family)) return;
        metrics.changed("endpoints", [change.family]);
        triggers.changed(change.key, change.family, change.slice?.triggered);
        agent.changed(change.key, change.kind, change.family);
        return;
      case "Node":
        health.setNode(store.node);
        report.nodeChanged();
        settings.refresh(change.kind);
        return;
      case "ServiceCIDR":
      case "other proxy's Service":
        settings.refresh(change.kind);
    }
  });
}

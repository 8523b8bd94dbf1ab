import type { AgentEvents } from "../daemon/agent.ts";
import { Overrun } from "../daemon/table/kernel.ts";
import type { Round } from "../daemon/table/round.ts";
import type { ReportsOptions } from "./reports.ts";

/** Reports the results of rounds, and their causes. */
export function roundReports(options: ReportsOptions): AgentEvents {
  const { log, metrics, health, events, chronicle, isObserving } = options;
  return {
    requested(family) {
      metrics.requested(family);
      health.requested(family);
    },

    synced(round) {
      metrics.synced(round);
      chronicle.synced(round);
      health.synced(round.family, round.began);
      if (round.kind === "replaced" && !isObserving) {
        const message =
          "the layout of the table has changed; it was replaced, and a few packets may have passed untranslated";
        log.warn({ family: round.family }, message);
      }
      const isNews =
        round.kind !== "partial" || round.elements > 0 || round.causes.some((cause) => !ofObjects.has(cause));
      log[isNews ? "info" : "debug"](fieldsOf(round), isObserving ? "planned, and wrote nothing" : "synced");
      const { changes = [], moreServices } = chronicle.newestRound ?? {};
      if (changes.length > 0) log.debug({ family: round.family, changes, moreServices }, "changed Services");
    },

    failed(round, error, retryInMilliseconds) {
      metrics.failed(round, error);
      chronicle.failed(round, error, retryInMilliseconds);
      log.error({ ...fieldsOf(round), err: error, retryInMilliseconds }, "sync failed");
    },

    setAside(family, service, error, retryInMilliseconds) {
      metrics.setAside(family, service, error);
      chronicle.setAside(family, service, error);
      const what = error instanceof Overrun ? "nft takes too long for a Service" : "nft refused a Service";
      log.error({ family, service, err: error, retryInMilliseconds }, `${what}; it is set aside`);
      events.setAside(service, error);
    },

    leftOut(family, part, error, retryInMilliseconds) {
      metrics.leftOut(family, error);
      chronicle.leftOut(family, part, error);
      const message =
        "nft refused something that belongs to no Service; it is left out, and the rest of the table is kept up to date";
      log.error({ family, part, err: error, retryInMilliseconds }, message);
    },

    putIn(family, part) {
      chronicle.putIn(family, part);
      log.info({ family, part }, "what was left out of the table is back in it");
    },

    restored(family, service, isServed) {
      metrics.restored(family, service);
      chronicle.restored(family, service);
      const message = isServed
        ? "a Service that was set aside is served again"
        : "a Service that was set aside is gone";
      log.info({ family, service }, message);
    },

    drifted(family, sender, inMilliseconds) {
      const { program, pid } = sender;
      metrics.drifted(family, sender);
      chronicle.drifted(family, sender);
      const fields = { family, program, pid };
      if (inMilliseconds === 0) log.warn(fields, "another program changed the table; repairing it");
      else {
        const message = "another program keeps changing the table; is there another agent on this node?";
        log.error({ ...fields, inMilliseconds }, message);
      }
      events.tableChanged(family, program);
    },
  };
}

/** These come all the time, and often have no effect here. */
const ofObjects: ReadonlySet<string> = new Set(["Service", "EndpointSlice"]);

function fieldsOf({ family, kind, causes, services, elements, began, milliseconds }: Round): object {
  return { family, kind, elements, causes, began, milliseconds, services: services.size };
}

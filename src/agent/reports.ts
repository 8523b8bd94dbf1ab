import type { AgentEvents } from "../daemon/agent.ts";
import type { ConntrackEvents } from "../daemon/follow/conntrack.ts";
import type { Health } from "../daemon/health.ts";
import type { Log } from "../io/host/log.ts";
import type { ObjectReference } from "../io/kube/event.ts";
import type { Recorder } from "../io/kube/recorder.ts";
import type { Metrics } from "../io/metrics/metrics.ts";
import type { ObjectKey } from "../model/service.ts";

export type ReportsOptions = {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly recorder: Pick<Recorder, "post">;
  readonly regarding: (service: ObjectKey) => ObjectReference;
};

/** What the agent does, for whoever reads logs, metrics, health pages or Kubernetes Events. */
export function reports({ log, metrics, health, recorder, regarding }: ReportsOptions): AgentEvents & ConntrackEvents {
  return {
    requested(family) {
      metrics.requested(family);
      health.requested(family);
    },

    synced(round) {
      metrics.synced(round);
      health.synced(round.family, round.began);
      const { services, ...fields } = round;
      const isNews = round.kind === "full" || round.elements > 0 || round.causes.some((cause) => !ofObjects.has(cause));
      log[isNews ? "info" : "debug"]({ ...fields, services: services.size }, "synced");
    },

    failed(round, error, retryInMilliseconds) {
      metrics.failed(round, error);
      const { services, ...fields } = round;
      log.error({ ...fields, services: services.size, err: error, retryInMilliseconds }, "sync failed");
    },

    setAside(family, service, refusal, retryInMilliseconds) {
      metrics.setAside(family, service);
      log.error({ family, service, err: refusal, retryInMilliseconds }, "nft refused a Service: it is set aside");
      const note = `nft refused the rules of this Service, so it is not served: ${refusal.message}`;
      recorder.post({ type: "Warning", reason: "SetAside", action: "Sync", note, regarding: regarding(service) });
    },

    restored(family, service) {
      metrics.restored(family, service);
      log.info({ family, service }, "a Service that was set aside is served again");
    },

    drifted(family, inMilliseconds) {
      metrics.drifted(family);
      if (inMilliseconds === 0) log.warn({ family }, "somebody else changed the table: repairing it");
      else
        log.error({ family, inMilliseconds }, "somebody else keeps changing the table: is there another agent here?");
    },

    conflict(conflict) {
      log.warn(conflict, "a Service wants a frontend that another has");
      const note = `${conflict.frontend} belongs to Service ${conflict.winner}; it is not served for this Service`;
      recorder.post({
        type: "Warning",
        reason: "FrontendConflict",
        action: "Sync",
        note,
        regarding: regarding(conflict.service),
      });
    },

    flowsCleaned(round) {
      metrics.flowsCleaned(round);
      log[round.deleted > 0 ? "info" : "debug"](round, "looked for stale UDP flows");
    },

    flowsFailed(family, error, retryInMilliseconds, isNew) {
      metrics.flowsFailed(family);
      log[isNew ? "error" : "debug"]({ family, err: error, retryInMilliseconds }, "cannot look for stale UDP flows");
    },
  };
}

/** These come all the time, and often change nothing that matters here. */
const ofObjects: ReadonlySet<string> = new Set(["Service", "EndpointSlice"]);

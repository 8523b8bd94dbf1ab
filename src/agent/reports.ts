import type { AgentEvents } from "../daemon/agent.ts";
import type { Conflict } from "../daemon/follow/conflicts.ts";
import type { ConntrackEvents } from "../daemon/follow/conntrack.ts";
import type { ServiceTrouble } from "../daemon/follow/service-problems.ts";
import type { Health, Ineligibility } from "../daemon/health.ts";
import type { Store } from "../daemon/store.ts";
import { quote } from "../decode/quote.ts";
import type { Log } from "../io/host/log.ts";
import type { ObjectReference } from "../io/kube/event.ts";
import { nodeReference, serviceReference } from "../io/kube/event-subjects.ts";
import type { Recorder } from "../io/kube/recorder.ts";
import type { Metrics } from "../io/metrics/metrics.ts";
import type { Family } from "../model/address.ts";
import type { ObjectKey } from "../model/service.ts";
import type { Server } from "./servers.ts";

export type ReportsOptions = {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly recorder: Pick<Recorder, "post" | "share">;
  readonly store: Pick<Store, "services">;
  readonly nodeName: string;
};

export type Reports = AgentEvents &
  ConntrackEvents & {
    started(version: string): void;
    /** Another process has the socket by which others see that an agent runs. */
    socketTaken(error: Error): void;
    unread(family: Family, error: unknown): void;
    /** After each round; `count` is of Services. */
    problems(began: readonly ServiceTrouble[], ended: readonly ObjectKey[], count: number): void;
    /** The tables of the process before this one. */
    previousUnread(error: unknown): void;
    /** The Node may be another. */
    nodeChanged(): void;
    /** What others do to the tables is not seen; `isNew`: that was not told since it was seen last. */
    lostSight(error: unknown, isNew: boolean): void;
    serverFailed(server: Server, error: Error): void;
    /** A health check node port cannot be opened. */
    portFailed(service: ObjectKey, error: Error): void;
  };

/** What the agent does, for whoever reads logs, metrics, health pages or Kubernetes Events. */
export function reports({ log, metrics, health, recorder, store, nodeName }: ReportsOptions): Reports {
  const onNode = nodeReference(nodeName);
  const serviceNamed = (key: ObjectKey) => {
    const [namespace = "", name = ""] = key.split("/");
    return serviceReference(store.services.get(key) ?? { namespace, name });
  };
  const cannotListen = (reason: string, note: string, regarding: ObjectReference) =>
    recorder.post({ type: "Warning", reason, action: "Listen", note, regarding });
  const share = (reason: string, regarding: ObjectReference, subject: string, note: () => string | undefined) =>
    recorder.share({ type: "Warning", reason, action: "Sync", regarding, subject, note });

  let ineligibility: Ineligibility | undefined;

  return {
    started(version) {
      const note = `kube-nft ${version}`;
      recorder.post({ type: "Normal", reason: "Starting", action: "StartKubeNft", note, regarding: onNode });
    },

    socketTaken(error) {
      const note = "another process has the abstract socket of the agent: is there another agent here?";
      log.warn({ err: error }, note);
      cannotListen("AgentSocketTaken", `${note} ${error.message}`, onNode);
    },

    unread(family, error) {
      log.warn({ family, err: error }, "cannot read what is in the table: it is filled anew");
    },

    previousUnread(error) {
      const message =
        "cannot read the frontends of the process before this one; UDP flows to those that are gone may stay";
      log.warn({ err: error }, message);
    },

    nodeChanged() {
      const reason = health.ineligibility;
      if (reason !== ineligibility) {
        if (reason === undefined) log.info({}, "this node is eligible for traffic of load balancers");
        else log.warn({ reason }, "this node is not eligible for traffic of load balancers");
      }
      ineligibility = reason;
      metrics.ineligible(reason);
    },

    lostSight(err, isNew) {
      log[isNew ? "warn" : "debug"]({ err }, "lost sight of changes that others make to the tables");
    },

    serverFailed({ name, reason, at }, error) {
      log.error({ name, ...at, err: error }, "cannot listen");
      cannotListen(reason, error.message, onNode);
    },

    portFailed(service, error) {
      log.error({ service, err: error }, "cannot open a health check node port");
      const note = `node ${nodeName}: ${error.message}`;
      cannotListen("FailedToStartServiceHealthcheck", note, serviceNamed(service));
    },

    requested(family) {
      metrics.requested(family);
      health.requested(family);
    },

    synced(round) {
      metrics.synced(round);
      health.synced(round.family, round.began);
      const { services, problems, settings, ...fields } = round;
      if (round.kind === "replaced") {
        const message =
          "the layout of the table has changed: it was made anew, and a few packets may have passed by it";
        log.warn({ family: round.family }, message);
      }
      const isNews =
        round.kind !== "partial" || round.elements > 0 || round.causes.some((cause) => !ofObjects.has(cause));
      log[isNews ? "info" : "debug"]({ ...fields, services: services.size }, "synced");
    },

    failed(round, error, retryInMilliseconds) {
      metrics.failed(round, error);
      const { services, problems, settings, ...fields } = round;
      log.error({ ...fields, services: services.size, err: error, retryInMilliseconds }, "sync failed");
    },

    setAside(family, service, refusal, retryInMilliseconds) {
      metrics.setAside(family, service);
      log.error({ family, service, err: refusal, retryInMilliseconds }, "nft refused a Service: it is set aside");
      const note = `nft refused the rules of this Service, so it is not served: ${refusal.message}`;
      share("SetAside", serviceNamed(service), "", () => note);
    },

    restored(family, service, isServed) {
      metrics.restored(family, service);
      const message = isServed
        ? "a Service that was set aside is served again"
        : "a Service that was set aside is gone";
      log.info({ family, service }, message);
    },

    drifted(family, sender, inMilliseconds) {
      const { program, pid } = sender;
      metrics.drifted(family, sender);
      const fields = { family, program, pid };
      if (inMilliseconds === 0) log.warn(fields, "another program changed the table; repairing it");
      else {
        const message = "another program keeps changing the table; is there another agent on this node?";
        log.error({ ...fields, inMilliseconds }, message);
      }
      // Without the pid: an Event is posted once for each program.
      const note = `${quote(program)} changed the table ${family} kube-nft, which is repaired`;
      recorder.post({ type: "Warning", reason: "TableChanged", action: "Repair", note, regarding: onNode });
    },

    conflicts({ began, ended }, count) {
      metrics.conflicts(count);
      for (const conflict of began) {
        const { service, winner, frontends } = conflict;
        const [frontend] = frontends.keys();
        const fields = { service, winner, frontend, frontends: frontends.size };
        log.warn(fields, "a Service wants what another has, and is not served there");
        share("FrontendConflict", serviceNamed(service), winner, () => conflictNote(conflict));
      }
      for (const { service, winner } of ended) {
        log.info({ service, winner }, "a Service no longer wants what another has");
      }
    },

    problems(began, ended, count) {
      metrics.problems(count);
      for (const { service, problems } of began) {
        const first = problems.slice(0, mostProblems);
        log.warn({ service, problems: first, count: problems.length }, "a Service cannot be served as it asks");
        const more = problems.length > first.length ? ` (and ${problems.length - first.length} more)` : "";
        const note = `${first.join("; ")}${more}`;
        share("ServiceProblem", serviceNamed(service), note, () => note);
      }
      for (const service of ended) log.info({ service }, "a Service can be served as it asks again");
    },

    flowsCleaned(round) {
      metrics.flowsCleaned(round);
      log[round.deleted > 0 ? "info" : "debug"](round, "looked for stale flows");
    },

    flowsFailed(family, error, retryInMilliseconds, isNew) {
      metrics.flowsFailed(family);
      log[isNew ? "error" : "debug"]({ family, err: error, retryInMilliseconds }, "cannot look for stale flows");
    },
  };
}

/** These come all the time, and often change nothing that matters here. */
const ofObjects: ReadonlySet<string> = new Set(["Service", "EndpointSlice"]);

/** One Service may have thousands. */
const mostProblems = 5;

/** Undefined where the conflict is over. */
function conflictNote({ winner, frontends }: Conflict): string | undefined {
  const [first] = frontends.keys();
  const others = frontends.size - 1;
  if (first === undefined) return undefined;
  return others === 0
    ? `${first} belongs to Service ${winner}; it is not served for this Service`
    : `${first} and ${others} more frontends belong to Service ${winner}; they are not served for this Service`;
}

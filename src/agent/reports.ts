import type { AgentEvents } from "../daemon/agent.ts";
import type { AffinityEvents } from "../daemon/follow/affinity.ts";
import type { ConflictChanges } from "../daemon/follow/conflicts.ts";
import type { ConntrackEvents } from "../daemon/follow/conntrack.ts";
import type { ServiceTrouble } from "../daemon/follow/service-problems.ts";
import type { Health, Ineligibility } from "../daemon/health.ts";
import type { Log } from "../io/host/log.ts";
import type { LoopbackEvents } from "../io/loopback/node-ports.ts";
import type { Metrics } from "../io/metrics/metrics.ts";
import type { Family } from "../model/address.ts";
import type { ObjectKey } from "../model/service.ts";
import type { Chronicle } from "./chronicle.ts";
import type { Events } from "./events.ts";
import { roundReports } from "./round-reports.ts";
import type { Server } from "./servers.ts";

export type ReportsOptions = {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly events: Events;
  /** Whether nothing is written to the kernel. */
  readonly isObserving: boolean;
  readonly chronicle: Pick<Chronicle, (keyof AgentEvents & keyof Chronicle) | "newestRound">;
};

export type Reports = AgentEvents &
  ConntrackEvents &
  AffinityEvents & {
    started(version: string): void;
    /** Another process holds the socket that shows that an agent runs. */
    socketTaken(error: Error): void;
    unread(family: Family, error: unknown): void;
    /** After each round; `count` is the total number of times that a service port is denied a frontend. */
    conflicts(changes: ConflictChanges, count: number): void;
    /** After each round; `count` is the number of Services. */
    problems(began: readonly ServiceTrouble[], ended: readonly ObjectKey[], count: number): void;
    /** The tables of the previous process. */
    previousUnread(error: unknown): void;
    /** The Node may have changed. */
    nodeChanged(): void;
    /** Changes by other programs are not noticed; `isNew`: this was not reported since they were last noticed. */
    lostSight(error: unknown, isNew: boolean): void;
    serverFailed(server: Server, error: Error): void;
    /** A health check node port cannot be opened. */
    portFailed(service: ObjectKey, error: Error): void;
    /** Of NodePorts at loopback addresses. */
    readonly loopback: LoopbackEvents;
  };

/** Reports what the agent does, in log, metrics, health pages and Kubernetes Events. */
export function reports(options: ReportsOptions): Reports {
  const { log, metrics, health, events } = options;
  let ineligibility: Ineligibility | undefined;

  return {
    ...roundReports(options),

    started(version) {
      events.started(version);
    },

    socketTaken(error) {
      const note = "another process listens on the agent's abstract socket; is another agent running on this node?";
      log.warn({ err: error }, note);
      events.socketTaken(`${note} ${error.message}`);
    },

    unread(family, error) {
      log.warn({ family, err: error }, "cannot read the table; writing all of it");
    },

    previousUnread(error) {
      const message =
        "cannot read the frontends of the previous process; UDP flows to frontends that are gone may stay";
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
      log[isNew ? "warn" : "debug"]({ err }, "lost track of changes by other programs");
    },

    serverFailed({ name, reason, at }, error) {
      log.error({ name, ...at, err: error }, "cannot listen");
      events.serverFailed(reason, error);
    },

    portFailed(service, error) {
      log.error({ service, err: error }, "cannot open a health check node port");
      events.portFailed(service, error);
    },

    loopback: {
      failed(family, service, error) {
        metrics.loopback.failed(family);
        log.error({ family, service, err: error }, "cannot open a NodePort at the loopback address");
        events.loopbackPortFailed(service, error);
      },
      listening(family, ports) {
        metrics.loopback.listening(family, ports);
      },
      ended(family, result) {
        metrics.loopback.ended(family, result);
      },
    },

    conflicts({ began, ended }, count) {
      metrics.conflicts(count);
      for (const conflict of began) {
        const { service, winner, frontends } = conflict;
        const [frontend] = frontends.keys();
        const fields = { service, winner, frontend, frontends: frontends.size };
        log.warn(fields, "a Service claims a frontend of another Service, and is not served there");
        events.conflict(conflict);
      }
      for (const { service, winner } of ended) {
        log.info({ service, winner }, "a Service no longer claims a frontend of another Service");
      }
    },

    problems(began, ended, count) {
      metrics.problems(count);
      for (const { service, problems } of began) {
        const first = problems.slice(0, mostProblems);
        log.warn({ service, problems: first, count: problems.length }, "a Service cannot be served as specified");
        events.problems(service, first, problems.length);
      }
      for (const service of ended) log.info({ service }, "a Service can be served as specified again");
    },

    flowsCleaned(round) {
      metrics.flowsCleaned(round);
      log[round.deleted > 0 ? "info" : "debug"](round, "looked for stale flows");
    },

    flowsFailed(family, error, retryInMilliseconds, isNew) {
      metrics.flowsFailed(family);
      log[isNew ? "error" : "debug"]({ family, err: error, retryInMilliseconds }, "cannot look for stale flows");
    },

    clientsForgotten(round) {
      metrics.affinity.searched(round);
      log[round.forgotten > 0 ? "info" : "debug"](round, "looked for sticky clients whose endpoint is gone");
    },

    clientsCounted(family, protocol, clients) {
      metrics.affinity.counted(family, protocol, clients);
    },

    clientsLimited(family, service, clients, milliseconds) {
      metrics.affinity.limited(family);
      const fields = { family, service, clients, milliseconds };
      log.warn(
        fields,
        "a Service has so many sticky clients that those of others find no room; it gets no more for a while",
      );
      events.clientsLimited(service, clients);
    },

    clientsUnlimited(family, service) {
      metrics.affinity.unlimited(family);
      log.info({ family, service }, "the clients of a sticky Service are remembered again");
    },

    countFailed(family, error, retryInMilliseconds, isNew) {
      const fields = { family, err: error, retryInMilliseconds };
      log[isNew ? "error" : "debug"](fields, "cannot count sticky clients");
    },

    clientsFailed(family, error, retryInMilliseconds, isNew) {
      metrics.affinity.failed(family);
      const fields = { family, err: error, retryInMilliseconds };
      log[isNew ? "error" : "debug"](fields, "cannot look for sticky clients whose endpoint is gone");
    },
  };
}

/** One Service may have thousands. */
const mostProblems = 5;

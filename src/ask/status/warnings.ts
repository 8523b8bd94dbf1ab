import type { Names, Status, Time } from "./status.ts";

/** Problems, even of a healthy node, in lines for people; worst first. */
export function warningsOf(status: Omit<Status, "warnings">): readonly string[] {
  const { apiServer, tables, drift, services, host, node, loopback } = status;
  const secondsSince = (time: Time) => Math.round((Date.parse(status.now) - Date.parse(time)) / 1000);
  return [
    ...tables.flatMap(({ family, isHealthy, lastFailure, lastRound }) => {
      if (isHealthy) return [];
      const why = lastFailure === undefined ? "" : `: ${lastFailure.message}`;
      return [
        lastRound === undefined
          ? `table ${family} has not been written yet${why}`
          : `table ${family} is not up to date${why}`,
      ];
    }),
    ...(node.ineligibility === undefined
      ? []
      : [`load balancers are told not to use this node: ${node.ineligibility}`]),
    ...apiServerWarnings(apiServer, secondsSince),
    ...tables.flatMap(({ family, setAside }) =>
      setAside.map(({ name, reason }) => `${name} is set aside in table ${family}: ${reason}`),
    ),
    ...(drift.recent > tolerableDrift && drift.last !== undefined
      ? [
          `other programs changed the tables ${drift.recent} times in ten minutes, ${drift.last.program} (pid ${drift.last.pid}) last`,
        ]
      : []),
    ...about(services.lostEndpoints, "has lost its endpoints", "have lost their endpoints"),
    ...about(services.denied, "is denied a frontend that another Service has", "are denied frontends that others have"),
    ...about(services.notAsSpecified, "cannot be served as specified", "cannot be served as specified"),
    ...loopback.failures
      .slice(0, 5)
      .map(({ at, service, message }) => `Service ${service} is not served at ${at}: ${message}`),
    ...(host.conntrack !== undefined && host.conntrack.count > fullShare * host.conntrack.max
      ? [`${host.conntrack.count} of ${host.conntrack.max} connections are tracked: new ones will be dropped soon`]
      : []),
    ...host.lacks,
  ];
}

function apiServerWarnings(
  { url, failure, watches }: Status["apiServer"],
  secondsSince: (time: Time) => number,
): readonly string[] {
  if (failure !== undefined && secondsSince(failure.since) >= tolerableSilence) {
    return [`${url} has not answered for ${secondsSince(failure.since)} s: ${failure.message}`];
  }
  return watches.flatMap(({ resource, heard, failure, state }) => {
    if (failure !== undefined && secondsSince(failure.since) >= tolerableSilence)
      return [`${resource} could not be read for ${secondsSince(failure.since)} s: ${failure.message}`];
    const isSilent = state === "watching" && heard !== undefined && secondsSince(heard) > longestPause;
    return isSilent ? [`${resource}: the API server has sent nothing for ${secondsSince(heard)} s`] : [];
  });
}

function about({ count, first }: Names, one: string, many: string): readonly string[] {
  const shown = first.slice(0, 5).join(", ");
  if (count === 0) return [];
  if (count === 1) return [`Service ${shown} ${one}`];
  return [`${count} Services ${many}: ${shown}${count > 5 ? " and others" : ""}`];
}

/** In seconds. */
const tolerableSilence = 60;

/** API servers report every minute that nothing has changed; after this time, two reports are missing. */
const longestPause = 150;

/** An occasional change by another program is repaired, and not worth a warning. */
const tolerableDrift = 2;

const fullShare = 0.9;

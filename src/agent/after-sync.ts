import type { LoopbackStatus, Names } from "../ask/status/status.ts";
import { affinityMapSize } from "../compile/lower/nftables/sets.ts";
import type { PlannedFrontend } from "../compile/lower/planned-frontend.ts";
import type { FrontendKey } from "../compile/plan/frontends.ts";
import type { Settings } from "../compile/settings.ts";
import type { FrontendOwners } from "../compile/table/frontend-owners.ts";
import { AffinityReconciler } from "../daemon/follow/affinity.ts";
import { Conflicts } from "../daemon/follow/conflicts.ts";
import { ConntrackReconciler } from "../daemon/follow/conntrack.ts";
import { loopbackNodePorts } from "../daemon/follow/loopback-node-ports.ts";
import { NoLocalEndpointsTotal, noLocalEndpoints } from "../daemon/follow/no-local-endpoints.ts";
import { ServiceHealths } from "../daemon/follow/service-health.ts";
import { ServiceProblems } from "../daemon/follow/service-problems.ts";
import { ServicesWithoutEndpoints } from "../daemon/follow/services-without-endpoints.ts";
import type { TriggerTimes } from "../daemon/follow/trigger-times.ts";
import type { Health } from "../daemon/health.ts";
import type { Round } from "../daemon/table/round.ts";
import { kernelConntrack } from "../io/conntrack/conntrack.ts";
import { systemClock, systemRandom, timeOfDay } from "../io/host/clock.ts";
import { ServiceHealthServers } from "../io/http/service-health.ts";
import { LoopbackServers } from "../io/loopback/node-ports.ts";
import type { Metrics } from "../io/metrics/metrics.ts";
import type { ServiceProblem } from "../io/metrics/service-problems.ts";
import type { NetlinkSession } from "../io/netlink/netlink.ts";
import { affinityMemory } from "../io/nft/affinity.ts";
import { readPreviousFrontends } from "../io/nft/previous-frontends.ts";
import type { Family } from "../model/address.ts";
import { compareText, type ObjectKey } from "../model/service.ts";
import type { Reports } from "./reports.ts";

export type AfterSyncOptions = {
  readonly setUnremembered: (family: Family, services: ReadonlySet<ObjectKey>) => void;
  readonly families: readonly Family[];
  readonly triggers: TriggerTimes;
  readonly metrics: Metrics;
  readonly netlink: NetlinkSession;
  readonly health: Pick<Health, "isHealthy">;
  readonly report: Pick<
    Reports,
    | "flowsCleaned"
    | "flowsFailed"
    | "clientsForgotten"
    | "clientsFailed"
    | "clientsCounted"
    | "clientsLimited"
    | "clientsUnlimited"
    | "countFailed"
    | "portFailed"
    | "loopback"
    | "previousUnread"
    | "problems"
    | "conflicts"
  >;
};

/** The work that follows when rules are in the kernel: health check node ports, flows, and metrics. */
export class AfterSync {
  readonly #options: AfterSyncOptions;
  readonly #ports: ServiceHealthServers;
  readonly #loopback: LoopbackServers;
  readonly #healths = new ServiceHealths();
  readonly #problems = new ServiceProblems();
  readonly #conflicts = new Conflicts();
  readonly #owners = new Map<Family, FrontendOwners>();
  readonly #families: ReadonlyMap<
    Family,
    {
      readonly flows: ConntrackReconciler;
      readonly clients: AffinityReconciler;
      readonly local: NoLocalEndpointsTotal;
      readonly without: ServicesWithoutEndpoints;
    }
  >;

  constructor(options: AfterSyncOptions) {
    this.#options = options;
    const { families, health, report } = options;
    this.#ports = new ServiceHealthServers({ isHealthy: () => health.isHealthy, onFailure: report.portFailed });
    const now = () => systemClock.now();
    this.#loopback = new LoopbackServers({ events: report.loopback, now, random: systemRandom });
    const conntrack = kernelConntrack(options.netlink.talk);
    const world = { clock: systemClock, random: systemRandom, events: report };
    this.#families = new Map(
      families.map((family) => [
        family,
        {
          flows: new ConntrackReconciler({ family, conntrack, ownerOf: this.#ownerOf(family), ...world }),
          clients: new AffinityReconciler({
            family,
            affinity: affinityMemory,
            capacity: affinityMapSize,
            setUnremembered: (services) => options.setUnremembered(family, services),
            ownerOf: this.#ownerOf(family),
            ...world,
          }),
          local: new NoLocalEndpointsTotal(),
          without: new ServicesWithoutEndpoints(),
        },
      ]),
    );
  }

  setSettings({ families: { ip, ip6 } }: Settings): void {
    this.#ports.setAddresses({ ip: ip.nodePortAddresses, ip6: ip6.nodePortAddresses });
  }

  /** Call it before the first round: the rules of the previous process show which flows were ours. */
  async readPrevious(): Promise<void> {
    const { talk } = this.#options.netlink;
    try {
      for (const [family, { flows }] of this.#families) flows.addPrevious(await readPreviousFrontends(family, talk));
    } catch (error) {
      this.#options.report.previousUnread(error);
    }
  }

  synced(round: Round): void {
    const { family, services, owners } = round;
    this.#owners.set(family, owners);
    const { triggers, metrics, report } = this.#options;
    const followers = this.#families.get(family);
    followers?.clients.synced(round);
    followers?.flows.synced(round);
    for (const [key, change] of services) {
      const { after: plan } = change;
      this.#ports.setService(key, this.#healths.set(key, family, plan));
      followers?.local.setService(key, plan && noLocalEndpoints(plan));
      followers?.without.update(key, change);
    }
    for (const [port, served] of loopbackNodePorts(round)) this.#loopback.setPort(family, port, served);
    // The clock of the component that triggered it may be ahead of ours.
    for (const triggered of triggers.take(services.keys(), family))
      metrics.programmed(family, Math.max(0, timeOfDay(systemClock.now()) - triggered));
    const { began, ended } = this.#problems.update(round);
    report.problems(began, ended, this.#problems.count);
    report.conflicts(this.#conflicts.update(owners), this.#conflicts.count);
    if (followers === undefined) return;
    metrics.noLocalEndpoints(family, followers.local.total);
    metrics.withoutEndpoints(family, followers.without.count);
  }

  /** The current problems of Services; some may occur twice. */
  *problems(): Iterable<readonly [ObjectKey, ServiceProblem]> {
    for (const key of this.#conflicts.denied()) yield [key, "frontend denied"];
    for (const key of this.#problems.services) yield [key, "not as asked"];
    for (const { without } of this.#families.values()) for (const key of without.had()) yield [key, "no endpoints"];
  }

  /** The same for people who look at this node, including Services that never had an endpoint. */
  get troubles(): Readonly<Record<"lostEndpoints" | "neverHadEndpoints" | "denied" | "notAsSpecified", Names>> {
    const withouts = [...this.#families.values()].map(({ without }) => without);
    return {
      lostEndpoints: names(withouts.flatMap((each) => [...each.had()])),
      neverHadEndpoints: names(withouts.flatMap((each) => [...each.never()])),
      denied: names(this.#conflicts.denied()),
      notAsSpecified: names(this.#problems.services),
    };
  }

  get loopback(): LoopbackStatus {
    return this.#loopback.status;
  }

  /** Until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const searches = [...this.#families.values()].flatMap(({ flows, clients }) => [flows, clients]);
    await Promise.all(searches.map((each) => each.run(signal)));
    await Promise.all([this.#ports.close(), this.#loopback.close()]);
  }

  #ownerOf(family: Family): (frontend: FrontendKey) => PlannedFrontend | undefined {
    return (frontend) => this.#owners.get(family)?.owner(frontend);
  }
}

function names(services: Iterable<ObjectKey>): Names {
  const all = [...new Set(services)].sort(compareText);
  return { count: all.length, first: all.slice(0, mostNames) };
}

const mostNames = 20;

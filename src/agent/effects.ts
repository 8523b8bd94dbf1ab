import type { LoopbackStatus } from "../ask/status/status.ts";
import { affinityMapSize } from "../compile/lower/nftables/sets.ts";
import type { PlannedFrontend } from "../compile/lower/planned-frontend.ts";
import type { FrontendKey } from "../compile/plan/frontends.ts";
import type { Settings } from "../compile/settings.ts";
import type { FrontendOwners } from "../compile/table/frontend-owners.ts";
import { AffinityReconciler } from "../daemon/follow/affinity.ts";
import { ConntrackReconciler } from "../daemon/follow/conntrack.ts";
import { loopbackNodePorts } from "../daemon/follow/loopback-node-ports.ts";
import { ServiceHealths } from "../daemon/follow/service-health.ts";
import type { Health } from "../daemon/health.ts";
import type { Round } from "../daemon/table/round.ts";
import { kernelConntrack } from "../io/conntrack/conntrack.ts";
import { systemClock, systemRandom } from "../io/host/clock.ts";
import { ServiceHealthServers } from "../io/http/service-health.ts";
import { LoopbackServers } from "../io/loopback/node-ports.ts";
import type { NetlinkSession } from "../io/netlink/netlink.ts";
import { affinityMemory } from "../io/nft/affinity.ts";
import { readPreviousFrontends } from "../io/nft/previous-frontends.ts";
import type { Family } from "../model/address.ts";
import type { ObjectKey } from "../model/service.ts";
import type { Reports } from "./reports.ts";

export type EffectsOptions = {
  readonly setUnremembered: (family: Family, services: ReadonlySet<ObjectKey>) => void;
  readonly families: readonly Family[];
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
  >;
};

/** What an agent does besides its rules, once they are in the kernel: ports that it opens, flows and clients that it forgets. */
export class Effects {
  readonly #options: EffectsOptions;
  readonly #ports: ServiceHealthServers;
  readonly #loopback: LoopbackServers;
  readonly #healths = new ServiceHealths();
  readonly #owners = new Map<Family, FrontendOwners>();
  readonly #families: ReadonlyMap<
    Family,
    { readonly flows: ConntrackReconciler; readonly clients: AffinityReconciler }
  >;

  constructor(options: EffectsOptions) {
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
        },
      ]),
    );
  }

  get loopback(): LoopbackStatus {
    return this.#loopback.status;
  }

  setSettings({ families: { ip, ip6 } }: Settings): void {
    this.#ports.setAddresses({ ip: ip.nodePortAddresses, ip6: ip6.nodePortAddresses });
  }

  /** To be called before the first round: the rules of the process before this one tell which flows were ours. */
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
    const followers = this.#families.get(family);
    followers?.clients.synced(round);
    followers?.flows.synced(round);
    for (const [key, { after: plan }] of services) this.#ports.setService(key, this.#healths.set(key, family, plan));
    for (const [port, served] of loopbackNodePorts(round)) this.#loopback.setPort(family, port, served);
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

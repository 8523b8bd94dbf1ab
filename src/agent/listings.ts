import { type KnownCluster, type KnownService, plainSettings } from "../ask/known-cluster.ts";
import { serviceRows } from "../ask/status/service-rows.ts";
import type { ServiceRow } from "../ask/status/status.ts";
import type { FrontendKey } from "../compile/plan/frontends.ts";
import { planService } from "../compile/plan/plan-service.ts";
import type { Settings } from "../compile/settings.ts";
import type { Agent } from "../daemon/agent.ts";
import type { Store } from "../daemon/store.ts";
import { hostAddresses } from "../io/host/addresses.ts";
import type { Refusals } from "../io/metrics/refusals.ts";
import { compareText } from "../model/service.ts";
import type { Chronicle } from "./chronicle.ts";
import type { CountOf } from "./frontend-counts.ts";

export type ListingSources = {
  readonly store: Store;
  readonly agent: Pick<Agent, "views">;
  readonly settings: { readonly current: Settings };
  readonly chronicle: Pick<Chronicle, "reasonFor" | "servicesSetAside">;
  /** Undefined if nothing is counted. */
  readonly refusals: Pick<Refusals, "fresh" | "counted"> | undefined;
};

/** The rows of all Services, sorted by name. A Service that is added or deleted meanwhile may be missing. */
export function* listedRows(
  { store, agent, chronicle, refusals }: ListingSources,
  countOf: CountOf,
): Generator<ServiceRow> {
  const refused = refusals && Map.groupBy(refusals.counted, ({ family, service }) => `${family} ${service}`);
  for (const key of [...store.services.keys()].sort(compareText)) {
    for (const { plans, family, settings } of agent.views) {
      const service = store.services.get(key);
      const plan = plans.planOf(key) ?? (service && planService(service, store.slicesOf(key), family, settings));
      const isSetAside = chronicle.reasonFor(family, key) !== undefined;
      const refusedPackets = refused && (refused.get(`${family} ${key}`) ?? []);
      const context = { isSetAside, refusedPackets, countOf: (frontend: FrontendKey) => countOf(family, frontend) };
      if (plan !== undefined) yield* serviceRows(plan, context);
    }
  }
}

/** The parts of a KnownCluster besides Services. */
export function clusterHead({ agent, settings, chronicle }: ListingSources): Omit<KnownCluster, "services"> {
  const { current } = settings;
  return {
    settings: plainSettings(current),
    addresses: hostAddresses(),
    tables: agent.views.map(({ family }) => ({
      family,
      unremembered: [...(current.families[family].unremembered ?? [])],
      setAside: chronicle.servicesSetAside(family),
    })),
  };
}

export function* listedCluster({ store }: ListingSources): Generator<KnownService> {
  for (const key of [...store.services.keys()]) {
    const service = store.services.get(key);
    if (service !== undefined) yield { service, slices: store.slicesOf(key) };
  }
}

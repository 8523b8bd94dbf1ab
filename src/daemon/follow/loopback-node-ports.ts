import type { PlannedFrontend } from "../../compile/lower/planned-frontend.ts";
import { frontendKey } from "../../compile/plan/frontends.ts";
import { loopbackPlaces } from "../../compile/plan/loopback.ts";
import { endpointPlan, type ServicePlan } from "../../compile/plan/service-plan.ts";
import type { Address } from "../../model/address.ts";
import type { Port } from "../../model/port.ts";
import { type ObjectKey, serviceKey } from "../../model/service.ts";
import type { Round } from "../table/round.ts";

/** A NodePort that the agent serves at the loopback address of a family. */
export type LoopbackNodePort = {
  readonly service: ObjectKey;
  readonly endpoints: LoopbackEndpoints;
  /** For how long after their last connection all clients keep their endpoint; undefined: each connection gets its own. */
  readonly affinitySeconds: number | undefined;
};

/** Endpoints that are made when they are asked for, as most are never: one at least. */
export type LoopbackEndpoints = {
  readonly count: number;
  /** @param index from 0 to `count - 1` */
  readonly at: (index: number) => LoopbackTarget;
  readonly has: (target: LoopbackTarget) => boolean;
};

export type LoopbackTarget = { readonly address: Address; readonly port: Port };

/** What becomes of the NodePorts of the Services of a round: undefined where nothing is served, or not any more. */
export function loopbackNodePorts({
  family,
  services,
  owners,
}: Pick<Round, "family" | "services" | "owners">): ReadonlyMap<Port, LoopbackNodePort | undefined> {
  const served = new Map<Port, LoopbackNodePort | undefined>();
  const plans = [...services.values()].flatMap(({ before, after }) => [before, after]);
  for (const frontend of plans.flatMap(tcpNodePorts)) {
    if (served.has(frontend.port)) continue;
    const owner = owners.owner(frontendKey(frontend));
    const places =
      owner === undefined ? [] : loopbackPlaces(owner.port, owner.frontend, owner.settings.families[family]);
    const isServed = owner !== undefined && places.length > 0;
    served.set(frontend.port, isServed ? nodePortOf(owner, places) : undefined);
  }
  return served;
}

function nodePortOf({ plan, port, frontend }: PlannedFrontend, places: readonly number[]): LoopbackNodePort {
  const targetAt = (place: number): LoopbackTarget => {
    const { endpoint, port: number } = endpointPlan(port, place);
    return { address: endpoint.address, port: number };
  };
  return {
    service: serviceKey(plan.service),
    endpoints: {
      count: places.length,
      at: (index) => targetAt(places[index] ?? -1),
      has: (target) =>
        places.some(
          (place) => port.endpoints.addresses[place] === target.address && port.decisions[place]?.port === target.port,
        ),
    },
    affinitySeconds: frontend.affinity?.timeoutSeconds,
  };
}

function tcpNodePorts(plan: ServicePlan | undefined) {
  const frontends = (plan?.ports ?? []).flatMap((port) => port.frontends.map(({ frontend }) => frontend));
  return frontends.filter(({ kind, protocol }) => kind === "nodePort" && protocol === "tcp");
}

import type { PlannedFrontend } from "../../compile/lower/planned-frontend.ts";
import { frontendText } from "../../compile/plan/frontends.ts";
import type { FrontendOwners } from "../../compile/table/frontend-owners.ts";
import { compareText, type ObjectKey, serviceKey } from "../../model/service.ts";

/** A Service that lacks frontends because another Service has them, or had them when it began to want them. */
export type Conflict = {
  readonly service: ObjectKey;
  readonly winner: ObjectKey;
  /** `203.0.113.1 port 80/tcp` or `nodePort 30080/tcp`, each with the number of families in which it is denied now. */
  readonly frontends: ReadonlyMap<string, number>;
};

/** The pairs of Services whose conflict has started, and those whose conflict has ended. */
export type ConflictChanges = { readonly began: readonly Conflict[]; readonly ended: readonly Conflict[] };

/**
 * Tracks the Services that are denied a frontend, so that each pair of Services is reported once, however many frontends
 * are concerned. If a frontend passes from one waiting Service to another, those that still wait are not reported again:
 * there may be many.
 */
export class Conflicts {
  readonly #pairs = new Map<string, Pair>();
  readonly #denied = new Map<PlannedFrontend, Pair>();

  /** How many times a service port is denied a frontend. */
  get count(): number {
    return this.#denied.size;
  }

  /** The Services that are denied a frontend; some may occur twice. */
  *denied(): Iterable<ObjectKey> {
    for (const { service } of this.#pairs.values()) yield service;
  }

  /** Takes the changes in a family since the last call. The cost is that of the changes. */
  update(owners: FrontendOwners): ConflictChanges {
    const touched = new Set<Pair>();
    const { began, ended } = owners.takeDenials();
    for (const planned of ended) {
      const pair = this.#denied.get(planned);
      if (pair === undefined) throw new Error(`${planned.key} was not denied`);
      this.#denied.delete(planned);
      count(pair, planned, -1);
      touched.add(pair);
    }
    for (const { planned, owner } of began) {
      const pair = this.#pair(serviceKey(planned.plan.service), serviceKey(owner));
      this.#denied.set(planned, pair);
      count(pair, planned, 1);
      touched.add(pair);
    }
    const changed = [...touched].filter((pair) => pair.isTold !== pair.frontends.size > 0);
    for (const pair of changed) pair.isTold = !pair.isTold;
    for (const pair of touched) if (!pair.isTold) this.#pairs.delete(pairKey(pair));
    changed.sort((a, b) => compareText(pairKey(a), pairKey(b)));
    return { began: changed.filter(({ isTold }) => isTold), ended: changed.filter(({ isTold }) => !isTold) };
  }

  #pair(service: ObjectKey, winner: ObjectKey): Pair {
    const key = pairKey({ service, winner });
    const pair = this.#pairs.get(key) ?? { service, winner, frontends: new Map(), isTold: false };
    this.#pairs.set(key, pair);
    return pair;
  }
}

type Pair = Conflict & { readonly frontends: Map<string, number>; isTold: boolean };

function pairKey({ service, winner }: Pick<Conflict, "service" | "winner">): string {
  return `${service} ${winner}`;
}

function count({ frontends }: Pair, { frontend: { frontend } }: PlannedFrontend, by: 1 | -1): void {
  const text = frontendText(frontend);
  const sum = (frontends.get(text) ?? 0) + by;
  if (sum > 0) frontends.set(text, sum);
  else frontends.delete(text);
}

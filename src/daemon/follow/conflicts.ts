import { frontendText } from "../../compile/plan/frontends.ts";
import type { Denial, FrontendOwners } from "../../compile/table/frontend-owners.ts";
import { compareText, type ObjectKey, type Service, serviceKey } from "../../model/service.ts";

/** A Service that lacks frontends because another Service has them. */
export type Conflict = {
  readonly service: ObjectKey;
  readonly winner: ObjectKey;
  /** `203.0.113.1 port 80/tcp` or `nodePort 30080/tcp`, each with the number of families in which it is denied now. */
  readonly frontends: ReadonlyMap<string, number>;
};

/** The pairs of Services whose conflict has started, and those whose conflict has ended. */
export type ConflictChanges = { readonly began: readonly Conflict[]; readonly ended: readonly Conflict[] };

/** Follows who is denied a frontend, so that each pair of Services is reported once, however many frontends it is about. */
export class Conflicts {
  readonly #pairs = new Map<string, Pair>();
  #count = 0;

  /** How many times a service port is denied a frontend. */
  get count(): number {
    return this.#count;
  }

  /** The Services that are denied a frontend, some more than once. */
  *denied(): Iterable<ObjectKey> {
    for (const { service } of this.#pairs.values()) yield service;
  }

  /** Takes the changes in a family since the last call. The cost is that of the changes. */
  update(owners: FrontendOwners): ConflictChanges {
    const touched = new Set<Pair>();
    const { began, ended } = owners.takeDenials();
    const count = (denials: readonly Denial[], by: 1 | -1) => {
      for (const { service, owner, frontend } of denials) {
        const pair = this.#pair(service, owner);
        add(pair, frontendText(frontend), by);
        touched.add(pair);
      }
      this.#count += by * denials.length;
    };
    count(ended, -1);
    count(began, 1);
    const changed = [...touched].filter((pair) => pair.isTold !== pair.frontends.size > 0);
    for (const pair of changed) pair.isTold = !pair.isTold;
    for (const pair of touched) if (!pair.isTold) this.#pairs.delete(pairKey(pair));
    changed.sort((a, b) => compareText(pairKey(a), pairKey(b)));
    return { began: changed.filter(({ isTold }) => isTold), ended: changed.filter(({ isTold }) => !isTold) };
  }

  #pair(loser: Service, owner: Service): Pair {
    const named = { service: serviceKey(loser), winner: serviceKey(owner) };
    const key = pairKey(named);
    const pair = this.#pairs.get(key) ?? { ...named, frontends: new Map(), isTold: false };
    this.#pairs.set(key, pair);
    return pair;
  }
}

type Pair = Conflict & { readonly frontends: Map<string, number>; isTold: boolean };

function pairKey({ service, winner }: Pick<Conflict, "service" | "winner">): string {
  return `${service} ${winner}`;
}

function add({ frontends }: Pair, frontend: string, count: number): void {
  const sum = (frontends.get(frontend) ?? 0) + count;
  if (sum > 0) frontends.set(frontend, sum);
  else frontends.delete(frontend);
}

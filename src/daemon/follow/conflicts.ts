import { type FrontendKey, frontendText } from "../../compile/plan/frontends.ts";
import type { FrontendOwners } from "../../compile/table/frontend-owners.ts";
import { compareText, type ObjectKey, type Service, serviceKey } from "../../model/service.ts";

/** A Service that is denied frontends which it wants, as another has them. */
export type Conflict = {
  readonly service: ObjectKey;
  readonly winner: ObjectKey;
  /** `203.0.113.1 port 80/tcp` or `nodePort 30080/tcp`, each with the number of families in which it is denied now. */
  readonly frontends: ReadonlyMap<string, number>;
};

/** The pairs of Services between which there is a conflict now and was none, and the other way round. */
export type ConflictChanges = { readonly began: readonly Conflict[]; readonly ended: readonly Conflict[] };

/** Follows who is denied a frontend, so that each pair of Services is told once, however many frontends are at stake. */
export class Conflicts {
  readonly #pairs = new Map<string, Pair>();
  readonly #contests = new Map<FrontendOwners, Map<FrontendKey, Contest>>();
  #count = 0;

  /** How many times a service port is denied a frontend. */
  get count(): number {
    return this.#count;
  }

  /** The Services that are denied a frontend, some more than once. */
  *denied(): Iterable<ObjectKey> {
    for (const { service } of this.#pairs.values()) yield service;
  }

  /** Takes what has changed in one family since the last time, and costs as much as that. */
  update(owners: FrontendOwners): ConflictChanges {
    const touched = new Set<Pair>();
    const contests = this.#contests.get(owners) ?? new Map<FrontendKey, Contest>();
    this.#contests.set(owners, contests);
    for (const key of owners.takeChangedContests()) {
      const before = contests.get(key) ?? nobody;
      const after = this.#contest(owners, key);
      for (const pair of before.pairs) add(pair, before.frontend, -1);
      for (const pair of after.pairs) add(pair, after.frontend, 1);
      for (const pair of [...before.pairs, ...after.pairs]) touched.add(pair);
      this.#count += after.pairs.length - before.pairs.length;
      if (after.pairs.length > 0) contests.set(key, after);
      else contests.delete(key);
    }
    const changed = [...touched].filter((pair) => pair.isTold !== pair.frontends.size > 0);
    for (const pair of changed) pair.isTold = !pair.isTold;
    for (const pair of touched) if (!pair.isTold) this.#pairs.delete(pairKey(pair));
    changed.sort((a, b) => compareText(pairKey(a), pairKey(b)));
    return { began: changed.filter(({ isTold }) => isTold), ended: changed.filter(({ isTold }) => !isTold) };
  }

  #contest(owners: FrontendOwners, key: FrontendKey): Contest {
    const [owner, ...losers] = owners.contenders(key);
    if (owner === undefined) return nobody;
    const pairs = losers.map(({ plan }) => this.#pair(plan.service, owner.plan.service));
    return { frontend: frontendText(owner.frontend.frontend), pairs };
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

/** Those who are denied a frontend, each with its owner. */
type Contest = { readonly frontend: string; readonly pairs: readonly Pair[] };

const nobody: Contest = { frontend: "", pairs: [] };

function pairKey({ service, winner }: Pick<Conflict, "service" | "winner">): string {
  return `${service} ${winner}`;
}

function add({ frontends }: Pair, frontend: string, count: number): void {
  const sum = (frontends.get(frontend) ?? 0) + count;
  if (sum > 0) frontends.set(frontend, sum);
  else frontends.delete(frontend);
}

import { type FrontendKey, frontendText } from "../../compile/plan/frontends.ts";
import type { FrontendOwners } from "../../compile/table/frontend-owners.ts";
import { compareText, type ObjectKey, serviceKey } from "../../model/service.ts";

/** A service port that wants a frontend which another has. */
export type Conflict = {
  readonly service: ObjectKey;
  /** `203.0.113.1 port 80/tcp` or `nodePort 30080/tcp` */
  readonly frontend: string;
  readonly winner: ObjectKey;
};

/** Follows who is denied a frontend, so that each conflict is told once. */
export class Conflicts {
  readonly #known = new Map<FrontendOwners, Map<FrontendKey, ReadonlyMap<string, Conflict>>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Returns the conflicts that were not there the last time. It costs what has changed since. */
  update(families: readonly FrontendOwners[]): readonly Conflict[] {
    const added: Conflict[] = [];
    for (const owners of families) {
      const known = this.#known.get(owners) ?? new Map<FrontendKey, ReadonlyMap<string, Conflict>>();
      this.#known.set(owners, known);
      for (const key of owners.takeChangedContests()) {
        const before = known.get(key) ?? new Map<string, Conflict>();
        const after = conflictsAbout(owners, key);
        for (const [text, conflict] of after) if (!before.has(text)) added.push(conflict);
        this.#count += after.size - before.size;
        if (after.size > 0) known.set(key, after);
        else known.delete(key);
      }
    }
    return added.sort((a, b) => compareText(a.service, b.service) || compareText(a.frontend, b.frontend));
  }
}

function conflictsAbout(owners: FrontendOwners, key: FrontendKey): ReadonlyMap<string, Conflict> {
  const [owner, ...losers] = owners.contenders(key);
  if (owner === undefined) return new Map();
  const winner = serviceKey(owner.plan.service);
  return new Map(
    losers.map(({ plan, frontend: { frontend } }) => {
      const service = serviceKey(plan.service);
      return [`${service} ${winner}`, { service, frontend: frontendText(frontend), winner }];
    }),
  );
}

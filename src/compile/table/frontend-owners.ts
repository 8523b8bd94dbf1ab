import { comparePrecedence, type Service } from "../../model/service.ts";
import type { PlannedFrontend } from "../lower/planned-frontend.ts";
import type { FrontendKey } from "../plan/frontends.ts";
import { comparePorts } from "../plan/service-plan.ts";
import { Contended } from "./contended.ts";

/** The owner of a frontend before and after a change. */
export type Handover = { readonly before: PlannedFrontend | undefined; readonly after: PlannedFrontend | undefined };

/** A frontend that a Service begins to want in vain, or loses, because another has it. */
export type Denial = { readonly planned: PlannedFrontend; readonly owner: Service };

/** Who has started or stopped wanting a frontend since the last call. */
type Contest = {
  /** Who had it at the last call. */
  readonly owner: PlannedFrontend | undefined;
  readonly came: Set<PlannedFrontend>;
  readonly gone: Set<PlannedFrontend>;
};

/** Which Services have which frontends. If several want one, the one with the highest precedence has it. */
export class FrontendOwners {
  readonly #frontends = new Contended<FrontendKey, PlannedFrontend>(comparePlanned);
  #changed = new Map<FrontendKey, Contest>();

  /** Replaces frontends of a Service, and returns those that pass from one plan to another. */
  replace(old: readonly PlannedFrontend[], current: readonly PlannedFrontend[]): readonly Handover[] {
    const [only] = current;
    if (old.length === 0 && current.length <= 1) {
      const owner = only && this.owner(only.key);
      if (only !== undefined) this.#add(only);
      const after = only && this.owner(only.key);
      return owner === after ? [] : [{ before: owner, after }];
    }
    const before = new Map<FrontendKey, PlannedFrontend | undefined>();
    for (const { key } of old) before.set(key, this.owner(key));
    for (const { key } of current) before.set(key, this.owner(key));
    for (const each of old) this.#remove(each);
    for (const each of current) this.#add(each);
    const handovers: Handover[] = [];
    for (const [key, previous] of before) {
      const after = this.owner(key);
      if (previous !== after) handovers.push({ before: previous, after });
    }
    return handovers;
  }

  owner(key: FrontendKey): PlannedFrontend | undefined {
    return this.#frontends.owner(key);
  }

  /** Whether a Service wants the frontend, but another plan or port has it. */
  isLost(planned: PlannedFrontend): boolean {
    return this.#frontends.hasContests && this.owner(planned.key) !== planned;
  }

  /**
   * What has changed since the last call. The cost is that of the changes: Services that still wait for a frontend are not
   * looked at.
   */
  takeDenials(): { readonly began: readonly Denial[]; readonly ended: readonly PlannedFrontend[] } {
    const began: Denial[] = [];
    const ended: PlannedFrontend[] = [];
    for (const [key, { owner: former, came, gone }] of this.#changed) {
      const owner = this.owner(key);
      for (const planned of gone) if (planned !== former) ended.push(planned);
      if (owner === undefined) continue;
      for (const planned of came) if (planned !== owner) began.push({ planned, owner: owner.plan.service });
      if (owner === former) continue;
      if (!came.has(owner)) ended.push(owner);
      if (former !== undefined && !gone.has(former)) began.push({ planned: former, owner: owner.plan.service });
    }
    this.#changed = new Map();
    return { began, ended };
  }

  #add(planned: PlannedFrontend): void {
    const contest = this.#change(planned.key, this.owner(planned.key) !== undefined);
    if (contest?.gone.delete(planned) === false) contest.came.add(planned);
    this.#frontends.add(planned.key, planned);
  }

  #remove(planned: PlannedFrontend): void {
    const contest = this.#change(planned.key, this.#frontends.isContested(planned.key));
    if (contest?.came.delete(planned) === false) contest.gone.add(planned);
    this.#frontends.delete(planned.key, planned);
  }

  /** What has changed about a frontend that several want, or wanted. */
  #change(key: FrontendKey, isContested: boolean): Contest | undefined {
    const known = this.#changed.get(key);
    if (known !== undefined || !isContested) return known;
    const contest = {
      owner: this.owner(key),
      came: new Set<PlannedFrontend>(),
      gone: new Set<PlannedFrontend>(),
    };
    this.#changed.set(key, contest);
    return contest;
  }
}

/** A ClusterIP wins over a load balancer IP, and that over an external IP, which anybody may write. */
function rightOf({ frontend: { frontend } }: PlannedFrontend): number {
  return frontend.kind === "nodePort" ? 0 : ["clusterIP", "loadBalancerIP", "externalIP"].indexOf(frontend.source);
}

/** Within a Service, the first port has the frontend. */
function comparePlanned(a: PlannedFrontend, b: PlannedFrontend): number {
  return (
    rightOf(a) - rightOf(b) ||
    comparePrecedence(a.plan.service, b.plan.service) ||
    comparePorts(a.port.port, b.port.port)
  );
}

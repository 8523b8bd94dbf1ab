import { comparePrecedence, type Service, serviceKey } from "../../model/service.ts";
import type { PlannedFrontend } from "../lower/frontend-elements.ts";
import { type Frontend, type FrontendKey, frontendKey } from "../plan/frontends.ts";
import { comparePorts } from "../plan/service-plan.ts";
import { Sorted } from "./sorted.ts";

/** Whose a frontend is before and after a change. */
export type Handover = { readonly before: PlannedFrontend | undefined; readonly after: PlannedFrontend | undefined };

/** A Service does not have a frontend that it wants, as another has it. */
export type Denial = { readonly service: Service; readonly owner: Service; readonly frontend: Frontend };

/** Who wants a frontend, and did not when that was last asked for, or no longer does. */
type Contest = {
  /** Who had it then. */
  readonly owner: PlannedFrontend | undefined;
  readonly came: Set<PlannedFrontend>;
  readonly gone: Set<PlannedFrontend>;
};

/** Which Services have which frontends. Of several that want one, the one with the highest precedence has it. */
export class FrontendOwners {
  readonly #owners = new Map<FrontendKey, PlannedFrontend>();
  /** Those who want a frontend that more than one wants, its owner first. */
  readonly #contested = new Map<FrontendKey, Sorted<PlannedFrontend>>();
  #changed = new Map<FrontendKey, Contest>();

  /** Takes frontends of a Service in place of others of it, and returns those that pass from one plan to another. */
  replace(old: readonly PlannedFrontend[], current: readonly PlannedFrontend[]): readonly Handover[] {
    const before = new Map<FrontendKey, PlannedFrontend | undefined>();
    for (const each of [...old, ...current]) before.set(keyOf(each), this.#owners.get(keyOf(each)));
    for (const each of old) this.#remove(keyOf(each), each);
    for (const each of current) this.#add(keyOf(each), each);
    const handovers: Handover[] = [];
    for (const [key, previous] of before) {
      const after = this.#owners.get(key);
      if (previous !== after) handovers.push({ before: previous, after });
    }
    return handovers;
  }

  owner(key: FrontendKey): PlannedFrontend | undefined {
    return this.#owners.get(key);
  }

  /** Whether a Service wants the frontend, but another plan or port has it. */
  isLost(planned: PlannedFrontend): boolean {
    return this.#contested.size > 0 && this.#owners.get(keyOf(planned)) !== planned;
  }

  /** What has changed since this was last asked for. It costs no more than that, unless a frontend has a new owner. */
  takeDenials(): { readonly began: readonly Denial[]; readonly ended: readonly Denial[] } {
    const began: Denial[] = [];
    const ended: Denial[] = [];
    for (const [key, { owner: former, came, gone }] of this.#changed) {
      const owner = this.#owners.get(key);
      const isOfSame = former && owner && serviceKey(former.plan.service) === serviceKey(owner.plan.service);
      const isSame = former === owner || (isOfSame && gone.has(former) && came.has(owner));
      const stay = isSame ? [] : this.#contenders(key).filter((each) => !came.has(each));
      ended.push(...denials([...gone, ...stay], former));
      began.push(...denials([...came, ...stay], owner));
    }
    this.#changed = new Map();
    return { began, ended };
  }

  #contenders(key: FrontendKey): readonly PlannedFrontend[] {
    const owner = this.#owners.get(key);
    return this.#contested.get(key)?.items ?? (owner === undefined ? [] : [owner]);
  }

  #add(key: FrontendKey, planned: PlannedFrontend): void {
    const owner = this.#owners.get(key);
    const contest = this.#change(key, owner !== undefined);
    if (contest?.gone.delete(planned) === false) contest.came.add(planned);
    if (owner === undefined) {
      this.#owners.set(key, planned);
      return;
    }
    let sorted = this.#contested.get(key);
    if (sorted === undefined) {
      sorted = new Sorted(comparePlanned);
      sorted.add(owner);
      this.#contested.set(key, sorted);
    }
    sorted.add(planned);
    this.#owners.set(key, sorted.items[0] ?? planned);
  }

  #remove(key: FrontendKey, planned: PlannedFrontend): void {
    const sorted = this.#contested.get(key);
    const contest = this.#change(key, sorted !== undefined);
    if (contest?.came.delete(planned) === false) contest.gone.add(planned);
    sorted?.delete(planned);
    const [owner, ...others] = sorted?.items.slice(0, 2) ?? [];
    if (owner === undefined) this.#owners.delete(key);
    else this.#owners.set(key, owner);
    if (others.length === 0) this.#contested.delete(key);
  }

  /** What has changed about a frontend that several want, or wanted. */
  #change(key: FrontendKey, isContested: boolean): Contest | undefined {
    const known = this.#changed.get(key);
    if (known !== undefined || !isContested) return known;
    const contest = {
      owner: this.#owners.get(key),
      came: new Set<PlannedFrontend>(),
      gone: new Set<PlannedFrontend>(),
    };
    this.#changed.set(key, contest);
    return contest;
  }
}

function denials(contenders: readonly PlannedFrontend[], owner: PlannedFrontend | undefined): readonly Denial[] {
  if (owner === undefined) return [];
  const losers = contenders.filter((each) => each !== owner);
  return losers.map(({ plan, frontend: { frontend } }) => ({
    service: plan.service,
    owner: owner.plan.service,
    frontend,
  }));
}

function keyOf({ frontend }: PlannedFrontend): FrontendKey {
  return frontendKey(frontend.frontend);
}

/** A ClusterIP goes before a load balancer IP, and that before an external IP, which anybody may write. */
function rightOf({ frontend: { frontend } }: PlannedFrontend): number {
  return frontend.kind === "nodePort" ? 0 : ["clusterIP", "loadBalancerIP", "externalIP"].indexOf(frontend.source);
}

/** Of one Service, the first port has the frontend. */
function comparePlanned(a: PlannedFrontend, b: PlannedFrontend): number {
  return (
    rightOf(a) - rightOf(b) ||
    comparePrecedence(a.plan.service, b.plan.service) ||
    comparePorts(a.port.port, b.port.port)
  );
}

import { comparePrecedence } from "../../model/service.ts";
import type { PlannedFrontend } from "../lower/frontend-elements.ts";
import { type FrontendKey, frontendKey } from "../plan/frontends.ts";

/** Whose a frontend is before and after a change. */
export type Handover = { readonly before: PlannedFrontend | undefined; readonly after: PlannedFrontend | undefined };

/** Which Services have which frontends. Of several that want one, the one with the highest precedence has it. */
export class FrontendOwners {
  readonly #owners = new Map<FrontendKey, PlannedFrontend>();
  /** Those who want a frontend that more than one wants, its owner first. */
  readonly #contested = new Map<FrontendKey, readonly PlannedFrontend[]>();
  readonly #changed = new Set<FrontendKey>();

  /** Takes a Service's frontends in place of its old ones, and returns those that pass from one plan to another. */
  replace(old: readonly PlannedFrontend[], current: readonly PlannedFrontend[]): readonly Handover[] {
    const before = new Map<FrontendKey, PlannedFrontend | undefined>();
    for (const each of old) {
      const key = keyOf(each);
      if (!before.has(key)) before.set(key, this.#owners.get(key));
      this.#set(key, without(this.contenders(key), each));
    }
    for (const each of current) {
      const key = keyOf(each);
      if (!before.has(key)) before.set(key, this.#owners.get(key));
      const rivals = this.contenders(key);
      this.#set(key, rivals.length === 0 ? [each] : [...rivals, each].sort(comparePlanned));
    }
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

  /** All who want a frontend; the one that has it comes first. */
  contenders(key: FrontendKey): readonly PlannedFrontend[] {
    const owner = this.#owners.get(key);
    return this.#contested.get(key) ?? (owner === undefined ? [] : [owner]);
  }

  /** The frontends that more than one wants, or wanted, and that changed since this was last asked for. */
  takeChangedContests(): readonly FrontendKey[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  #set(key: FrontendKey, contenders: readonly PlannedFrontend[]): void {
    const [owner, ...others] = contenders;
    if (owner === undefined) this.#owners.delete(key);
    else this.#owners.set(key, owner);
    if (this.#contested.has(key) || others.length > 0) this.#changed.add(key);
    if (others.length > 0) this.#contested.set(key, contenders);
    else this.#contested.delete(key);
  }
}

function keyOf({ frontend }: PlannedFrontend): FrontendKey {
  return frontendKey(frontend.frontend);
}

function without(contenders: readonly PlannedFrontend[], gone: PlannedFrontend): readonly PlannedFrontend[] {
  return contenders.filter((each) => each !== gone);
}

/** A ClusterIP goes before a load balancer IP, and that before an external IP, which anybody may write. */
function rightOf({ frontend: { frontend } }: PlannedFrontend): number {
  return frontend.kind === "nodePort" ? 0 : ["clusterIP", "loadBalancerIP", "externalIP"].indexOf(frontend.source);
}

/** Sorting is stable: of one Service, the first has the frontend. */
function comparePlanned(a: PlannedFrontend, b: PlannedFrontend): number {
  return rightOf(a) - rightOf(b) || comparePrecedence(a.plan.service, b.plan.service);
}

import type { FrontendRules, ServiceRules } from "../../compile/service-rules.ts";
import { comparePrecedence, type Service } from "../../model/service.ts";

/** A Service that wants a frontend. */
export type Claim = { readonly service: Service; readonly frontend: FrontendRules; readonly order: number };

/** Who has a frontend before and after a change. */
export type Handover = { readonly before: FrontendRules | undefined; readonly after: FrontendRules | undefined };

/** Which Services want which frontends. Of several, the one with the highest precedence has it. */
export class Claims {
  /** The claims to each frontend; the one that has it comes first. */
  readonly #claims = new Map<string, readonly Claim[]>();
  readonly #contested = new Set<string>();

  /** Takes a Service's rules in place of its old ones, and returns the frontends that pass from one rules to others. */
  replace(old: ServiceRules | undefined, rules: ServiceRules | undefined): readonly Handover[] {
    const affected = new Map<string, FrontendRules | undefined>();
    for (const { claim } of [...(old?.frontends ?? []), ...(rules?.frontends ?? [])]) {
      if (!affected.has(claim)) affected.set(claim, this.winner(claim));
    }
    const gone = new Set(old?.frontends);
    for (const claim of affected.keys()) {
      const rest = (this.#claims.get(claim) ?? []).filter(({ frontend }) => !gone.has(frontend));
      if (rest.length > 0) this.#claims.set(claim, rest);
      else this.#claims.delete(claim);
    }
    for (const [order, frontend] of (rules?.frontends ?? []).entries()) {
      if (rules === undefined) continue;
      const claims = [...(this.#claims.get(frontend.claim) ?? []), { service: rules.service, frontend, order }];
      this.#claims.set(frontend.claim, claims.sort(compareClaims));
    }
    for (const claim of affected.keys()) {
      if ((this.#claims.get(claim)?.length ?? 0) > 1) this.#contested.add(claim);
      else this.#contested.delete(claim);
    }
    return [...affected]
      .map(([claim, before]) => ({ before, after: this.winner(claim) }))
      .filter(({ before, after }) => before !== after);
  }

  /** The rules of a frontend, if it has any. */
  winner(claim: string): FrontendRules | undefined {
    return this.#claims.get(claim)?.[0]?.frontend;
  }

  /** The rules of each frontend that has any. */
  *winners(): Iterable<FrontendRules> {
    for (const [claim] of this.#claims.values()) if (claim !== undefined) yield claim.frontend;
  }

  /** The claims to each frontend that more than one wants; the one that has it comes first. */
  contested(): readonly (readonly Claim[])[] {
    return [...this.#contested].map((claim) => this.#claims.get(claim) ?? []);
  }
}

function compareClaims(a: Claim, b: Claim): number {
  return comparePrecedence(a.service, b.service) || a.order - b.order;
}

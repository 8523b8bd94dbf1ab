import type { FrontendRules, ServiceRules } from "../compile/service-rules.ts";
import { comparePrecedence, type Service } from "../model/service.ts";

/** A Service that wants a frontend. */
export type Claim = { readonly service: Service; readonly frontend: FrontendRules; readonly order: number };

/** Who has a frontend before and after a change. */
export type Handover = { readonly before: FrontendRules | undefined; readonly after: FrontendRules | undefined };

/** Which Services want which frontends. Of several, the one with the highest precedence has it. */
export class Claims {
  /** The claims to each frontend; the one that has it comes first. */
  readonly #claims = new Map<string, readonly Claim[]>();

  /** Takes a Service's rules in place of its old ones, and returns the frontends that pass from one rules to others. */
  replace(old: ServiceRules | undefined, rules: ServiceRules | undefined): readonly Handover[] {
    const affected = new Map<string, FrontendRules | undefined>();
    for (const { claim } of [...(old?.frontends ?? []), ...(rules?.frontends ?? [])]) {
      if (!affected.has(claim)) affected.set(claim, this.#claims.get(claim)?.[0]?.frontend);
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
    return [...affected]
      .map(([claim, before]) => ({ before, after: this.#claims.get(claim)?.[0]?.frontend }))
      .filter(({ before, after }) => before !== after);
  }

  /** The rules of each frontend that has any. */
  *winners(): Iterable<FrontendRules> {
    for (const [claim] of this.#claims.values()) if (claim !== undefined) yield claim.frontend;
  }

  /** The claims to a frontend that others have, and who has it; undefined if nobody wants it. */
  of(claim: string): readonly Claim[] {
    return this.#claims.get(claim) ?? [];
  }
}

function compareClaims(a: Claim, b: Claim): number {
  return comparePrecedence(a.service, b.service) || a.order - b.order;
}

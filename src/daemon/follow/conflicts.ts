import { frontendText } from "../../compile/union.ts";
import { compareText, type ObjectKey, serviceKey } from "../../model/service.ts";
import type { Claims } from "../table/claims.ts";

/** A service port that wants a frontend which another has. */
export type Conflict = {
  readonly service: ObjectKey;
  /** `203.0.113.1 port 80/tcp` or `nodePort 30080/tcp` */
  readonly frontend: string;
  readonly winner: ObjectKey;
};

/** Follows who is denied a frontend, so that each conflict is told once. */
export class Conflicts {
  #known = new Map<string, Conflict>();

  get count(): number {
    return this.#known.size;
  }

  /** Returns the conflicts that were not there the last time. */
  update(claims: readonly Claims[]): readonly Conflict[] {
    const current = new Map<string, Conflict>();
    for (const contested of claims.flatMap((each) => each.contested())) {
      const [winner, ...losers] = contested;
      if (winner === undefined) continue;
      for (const { service, frontend } of losers) {
        const conflict = {
          service: serviceKey(service),
          frontend: frontendText(frontend.frontend),
          winner: serviceKey(winner.service),
        };
        current.set(`${conflict.service} ${conflict.frontend} ${conflict.winner}`, conflict);
      }
    }
    const added = [...current].filter(([key]) => !this.#known.has(key)).sort(([a], [b]) => compareText(a, b));
    this.#known = current;
    return added.map(([, conflict]) => conflict);
  }
}

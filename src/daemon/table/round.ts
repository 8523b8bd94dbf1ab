import type { PlanChange } from "../../compile/plan/service-plan.ts";
import type { Settings } from "../../compile/settings.ts";
import type { FrontendOwners } from "../../compile/table/frontend-owners.ts";
import type { Family } from "../../model/address.ts";
import type { Problem } from "../../model/problem.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { Applied } from "./apply.ts";

/** What a round did. */
export type Round = {
  readonly family: Family;
  readonly kind: Applied["kind"];
  /** Why there was a round, such as `Service` or `drift`. */
  readonly causes: readonly string[];
  /** The Services that the round was about, those of failed rounds before it included. */
  readonly services: ReadonlyMap<ObjectKey, PlanChange>;
  /** What is wrong with those of them that have a problem, but for frontends that others have. */
  readonly problems: ReadonlyMap<ObjectKey, readonly Problem[]>;
  /** With which the plans and the rules are made. */
  readonly settings: Settings;
  /** Whose each frontend is, now and later. */
  readonly owners: FrontendOwners;
  readonly elements: number;
  /** When it began, by the reconciler's clock, and how long it took. */
  readonly began: number;
  readonly milliseconds: number;
};

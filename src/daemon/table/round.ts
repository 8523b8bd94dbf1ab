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
  /** The Services of the round, including those of failed rounds before it. */
  readonly services: ReadonlyMap<ObjectKey, PlanChange>;
  /** The problems of these Services, except frontends that others have. */
  readonly problems: ReadonlyMap<ObjectKey, readonly Problem[]>;
  /** The settings of the plans and the rules. */
  readonly settings: Settings;
  /** The owners of frontends; it stays up to date. */
  readonly owners: FrontendOwners;
  readonly elements: number;
  /** When it started, by the reconciler's clock, and how long it took. */
  readonly began: number;
  readonly milliseconds: number;
};

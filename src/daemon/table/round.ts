import type { PlanChange } from "../../compile/plan/service-plan.ts";
import type { Settings } from "../../compile/settings.ts";
import type { FrontendOwners } from "../../compile/table/frontend-owners.ts";
import type { Family } from "../../model/address.ts";
import type { Problem } from "../../model/problem.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { Applied } from "./apply.ts";
import type { Refusal } from "./kernel.ts";

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

/** Whoever counts, logs and reports is told here. */
export type ReconcilerEvents = {
  requested(family: Family): void;
  synced(round: Round): void;
  failed(round: Round, error: unknown, retryInMilliseconds: number): void;
  setAside(family: Family, service: ObjectKey, refusal: Refusal, retryInMilliseconds: number): void;
  /** The Service is served again, or was deleted. */
  restored(family: Family, service: ObjectKey, isServed: boolean): void;
};

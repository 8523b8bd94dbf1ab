import type { Settings } from "../../compile/settings.ts";
import type { Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { Clock } from "../coalescer.ts";
import type { Drift } from "../drift/drift.ts";
import type { Store } from "../store.ts";
import type { Kernel } from "./kernel.ts";
import type { Round } from "./round.ts";

export type ReconcilerOptions = {
  readonly family: Family;
  readonly store: Store;
  readonly settings: Settings;
  readonly kernel: Kernel;
  /** Receives our transactions, and reports foreign changes. */
  readonly drift: Drift;
  readonly clock: Clock;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
  readonly events: ReconcilerEvents;
  /** The minimum time from the end of a round to the start of the next, in milliseconds. */
  readonly minSyncPeriod: number;
};

/** `unknown`: the agent does not know what the kernel holds; `changing`: a transaction is in progress or planned. */
export type KernelState = "as desired" | "changing" | "unknown";

/** For metrics, log and Events. */
export type ReconcilerEvents = {
  requested(family: Family): void;
  synced(round: Round): void;
  failed(round: Round, error: unknown, retryInMilliseconds: number): void;
  /** nft refuses a Service's rules, or does not finish them in time (an Overrun). */
  setAside(family: Family, service: ObjectKey, error: Error, retryInMilliseconds: number): void;
  /** The Service is served again, or was deleted. */
  restored(family: Family, service: ObjectKey, isServed: boolean): void;
  /** The same for parts that belong to no Service, such as `chain firewall`. */
  leftOut(family: Family, part: string, error: Error, retryInMilliseconds: number): void;
  putIn(family: Family, part: string): void;
};

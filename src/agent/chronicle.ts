import { roundChanges } from "../ask/status/round-changes.ts";
import type { Drift, Failure, RecentRound, RoundSummary, SetAsideStatus, Time } from "../ask/status/status.ts";
import type { AgentEvents } from "../daemon/agent.ts";
import type { Round } from "../daemon/table/round.ts";
import type { Family } from "../model/address.ts";
import type { ObjectKey } from "../model/service.ts";
import type { Sender } from "../netlink/generations.ts";

/** Milliseconds, which only increase, and the wall clock's time. */
export type Times = { readonly now: () => number; readonly text: (time: number) => Time };

/** Records the agent's recent rounds and failures, and what is set aside, for those who ask. */
export class Chronicle implements Omit<AgentEvents, "requested"> {
  readonly #times: Times;
  readonly #setAside = new Map<Family, Map<string, SetAsideStatus>>();
  readonly #lastFailures = new Map<Family, Failure>();
  readonly #lastRounds = new Map<Family, RoundSummary>();
  /** The program that changed a table, until that is repaired. */
  readonly #unrepaired = new Map<Family, Drift>();
  /** When other programs changed a table, most recently. */
  #driftTimes: readonly number[] = [];
  #driftCount = 0;
  #lastDrift: Drift | undefined;
  /** Oldest first. */
  readonly #rounds: RecentRound[] = [];

  constructor(times: Times) {
    this.#times = times;
  }

  /** Newest first. */
  get rounds(): readonly RecentRound[] {
    return this.#rounds.toReversed();
  }

  get newestRound(): RecentRound | undefined {
    return this.#rounds.at(-1);
  }

  get drift(): { readonly count: number; readonly recent: number; readonly last: Drift | undefined } {
    const since = this.#times.now() - recentMs;
    const recent = this.#driftTimes.filter((time) => time >= since).length;
    return { count: this.#driftCount, recent, last: this.#lastDrift };
  }

  lastRound(family: Family): RoundSummary | undefined {
    return this.#lastRounds.get(family);
  }

  lastFailure(family: Family): Failure | undefined {
    return this.#lastFailures.get(family);
  }

  setAsideIn(family: Family): readonly SetAsideStatus[] {
    return [...(this.#setAside.get(family)?.values() ?? [])];
  }

  /** Why a Service is set aside; undefined if it is not. */
  reasonFor(family: Family, service: ObjectKey): string | undefined {
    return this.#setAside.get(family)?.get(`Service ${service}`)?.reason;
  }

  servicesSetAside(family: Family): readonly ObjectKey[] {
    return [...(this.#setAside.get(family)?.values() ?? [])].flatMap(({ service }) => service ?? []);
  }

  synced(round: Round): void {
    this.#lastRounds.set(round.family, this.#summary(round));
    this.#add(round, undefined);
    if (round.causes.includes("drift")) this.#unrepaired.delete(round.family);
  }

  failed(round: Round, error: unknown, retryInMilliseconds: number): void {
    const message = error instanceof Error ? error.message : String(error);
    const { now, text } = this.#times;
    this.#lastFailures.set(round.family, { at: text(now()), message, retryInMilliseconds });
    this.#add(round, message);
  }

  setAside(family: Family, service: ObjectKey, error: Error): void {
    this.#putAside(family, `Service ${service}`, service, error);
  }

  restored(family: Family, service: ObjectKey): void {
    this.#setAside.get(family)?.delete(`Service ${service}`);
  }

  leftOut(family: Family, part: string, error: Error): void {
    this.#putAside(family, part, undefined, error);
  }

  putIn(family: Family, part: string): void {
    this.#setAside.get(family)?.delete(part);
  }

  drifted(family: Family, { program, pid }: Sender): void {
    const now = this.#times.now();
    const drift = { at: this.#times.text(now), family, program, pid };
    this.#driftCount += 1;
    this.#driftTimes = [...this.#driftTimes.slice(1 - mostDriftTimes), now];
    this.#lastDrift = drift;
    this.#unrepaired.set(family, drift);
  }

  #putAside(family: Family, name: string, service: ObjectKey | undefined, { message: reason }: Error): void {
    const parts = this.#setAside.get(family) ?? new Map<string, SetAsideStatus>();
    this.#setAside.set(family, parts);
    const since = parts.get(name)?.since ?? this.#times.text(this.#times.now());
    parts.set(name, { name, service, since, reason });
  }

  #add(round: Round, failure: string | undefined): void {
    const { family, causes } = round;
    if (this.#rounds.length === mostRounds) this.#rounds.shift();
    this.#rounds.push({
      ...this.#summary(round),
      family,
      failure,
      drift: causes.includes("drift") ? this.#unrepaired.get(family) : undefined,
      // The work of a failed round is reported with the round that succeeds.
      ...(failure === undefined ? roundChanges(round) : { changes: [], moreServices: 0 }),
    });
  }

  #summary({ began, milliseconds, kind, causes, elements, services }: Round): RoundSummary {
    return { began: this.#times.text(began), milliseconds, kind, causes, elements, services: services.size };
  }
}

const mostRounds = 200;

const recentMs = 600_000;
const mostDriftTimes = 100;

import type { Trouble, WatchStatus } from "../ask/status/status.ts";
import type { KubeError } from "../io/kube/error.ts";
import { endpointSlices, nodes, otherServices, serviceCIDRs, services } from "../io/kube/resources.ts";
import type { ReadinessReport, ReflectorReport } from "../io/kube/sink.ts";
import type { Times } from "./chronicle.ts";

type State = { state: WatchStatus["state"]; heard: number | undefined; failure: Trouble | undefined };

/** The states of the watches, for those who ask. */
export class WatchStates {
  readonly #times: Times;
  readonly #states: ReadonlyMap<string, State>;
  #unreachable: Trouble | undefined;

  constructor(times: Times) {
    this.#times = times;
    const resources = [services, otherServices, endpointSlices, nodes, serviceCIDRs];
    this.#states = new Map(
      resources.map(({ name }) => [name, { state: "not yet", heard: undefined, failure: undefined }]),
    );
  }

  /** When the API server stopped answering, or being ready. */
  get unreachable(): Trouble | undefined {
    return this.#unreachable;
  }

  get all(): readonly WatchStatus[] {
    const { text } = this.#times;
    return Array.from(this.#states, ([resource, { state, heard, failure }]) => ({
      resource,
      state,
      heard: heard === undefined ? undefined : text(heard),
      failure,
    }));
  }

  /** The API server has delivered something about a resource, even if only that nothing has changed. */
  heard(resource: string): void {
    const state = this.#states.get(resource);
    if (state) state.heard = this.#times.now();
  }

  report(resource: string, report: ReflectorReport | ReadinessReport): void {
    const state = this.#states.get(resource);
    if (state) this.#update(resource, state, report);
    // The resource `readyz` is the API server itself.
    else if (report.kind === "failed") this.#unreachable = this.#trouble(this.#unreachable, report.error);
    else if (report.kind === "ready") this.#unreachable = undefined;
  }

  #update(resource: string, state: State, report: ReflectorReport | ReadinessReport): void {
    switch (report.kind) {
      case "malformed":
      case "ready":
        return;
      case "listed":
        this.heard(resource);
        return;
      case "watching":
      case "absent":
        this.heard(resource);
        state.state = report.kind;
        state.failure = undefined;
        return;
      case "ended": {
        const isUsual = report.cause === "closed" || report.cause === "expired";
        if (isUsual || report.error === undefined) state.state = "between watches";
        else this.#failed(state, report.error);
        return;
      }
      case "failed":
        this.#failed(state, report.error);
    }
  }

  #failed(state: State, error: KubeError): void {
    state.state = "failing";
    state.failure = this.#trouble(state.failure, error);
  }

  #trouble(before: Trouble | undefined, { message }: KubeError): Trouble {
    const { now, text } = this.#times;
    return { since: before?.since ?? text(now()), message };
  }
}

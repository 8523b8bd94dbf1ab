import type { Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import { type ConnectionsSource, NewConnections } from "./new-connections.ts";
import type { Refusals } from "./refusals.ts";
import { type ServiceProblem, serviceProblemLines } from "./service-problems.ts";

/**
 * What scrapes include of single Services: their new connections, and their problems with refused packets; only the
 * latter; or nothing.
 */
export type ServiceMetrics = (typeof serviceMetrics)[number];

export const serviceMetrics = ["all", "problems", "none"] as const;

export type ServiceSources = {
  readonly connections: ConnectionsSource | undefined;
  readonly problems: () => Iterable<readonly [ObjectKey, ServiceProblem]>;
  readonly refusals: Refusals | undefined;
};

/** The parts of a scrape that are about single Services. */
export class ServiceSeries {
  readonly #problems: ServiceSources["problems"];
  readonly #refusals: Refusals | undefined;
  readonly #connections: NewConnections | undefined;

  constructor(
    which: Exclude<ServiceMetrics, "none">,
    { connections, problems, refusals }: ServiceSources,
    families: readonly Family[],
    world: { readonly now: () => number; readonly onFailure: () => void },
  ) {
    this.#problems = problems;
    this.#refusals = refusals;
    if (which === "all" && connections) this.#connections = new NewConnections(connections, families, world);
  }

  /** Resolves when the counts are recent enough. */
  async fresh(): Promise<void> {
    await this.#connections?.fresh();
  }

  *parts(): Generator<string> {
    yield* joined(serviceProblemLines(this.#problems()));
    if (this.#refusals) yield* joined(this.#refusals.lines());
    if (this.#connections) yield* joined(this.#connections.lines());
  }
}

/** Thousands of lines at a time. */
function* joined(lines: Iterable<string>): Generator<string> {
  let part = "";
  for (const line of lines) {
    part += line;
    if (part.length < longestPart) continue;
    yield part;
    part = "";
  }
  yield part;
}

const longestPart = 65_536;
